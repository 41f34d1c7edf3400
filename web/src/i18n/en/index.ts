import { account, security } from './account';
import { auth } from './auth';
import { common, form, nav, stepUp } from './common';
import { error } from './error';
import { category, game, lobby, refusal } from './play';

// English is the catalogue that the others are checked against.
const en = { common, nav, form, stepUp, error, auth, lobby, category, game, refusal, account, security };

export default en;
