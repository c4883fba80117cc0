<<<<<<< HEAD
import{B as e,H as t}from"./base.js";function n(){return t(e,{title:`Exceptions`,children:null})}function r(){return t(e,{title:`Logs`,children:null})}function i(){return t(e,{title:`Trace`,children:null})}export{n as ExceptionsPage,r as LogsPage,i as TracePage};
=======
// Not built.
>>>>>>> h/uishell
