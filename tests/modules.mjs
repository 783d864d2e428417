// Node's packages for the tests live in build/node (ci/node-modules.sh puts them there), outside the source folders.
import { createRequire } from 'node:module';

export const need = createRequire(new URL('../build/node/', import.meta.url));
