//! `pilotlight view`: the receiver, the store and the page as one running thing.
