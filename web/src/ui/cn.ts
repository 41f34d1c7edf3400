import { clsx } from 'clsx';

// cn joins class names. It does not settle contradictions: who overrides a component's look marks the class as important (h-14!). A library that does
// would be a tenth of what the lobby may load.
export const cn = clsx;
