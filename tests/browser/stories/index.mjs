// Every story, in the order in which they are told: the last reads what the others left behind.

import day from './day.mjs';
import door from './door.mjs';
import hostile from './hostile.mjs';
import roles from './roles.mjs';
import screens from './screens.mjs';
import signing from './signing.mjs';
import traces from './traces.mjs';

export const STORIES = [...day, ...door, ...roles, ...hostile, ...signing, ...screens, ...traces];
