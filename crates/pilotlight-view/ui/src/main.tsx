import './styles/index.css';
import { render } from 'preact';
import { Shell } from './shell';
import { beginChanges } from './state/changes';
import { beginTheme } from './state/theme';

const root = document.getElementById('page');
if (root) {
  beginTheme();
  beginChanges();
  render(<Shell />, root);
}
