// The engine comes along with a widget: its builds are inside of scripts, so that a page need not let us fetch anything.
import { builds } from 'mta-sts-builds';
import { bring } from '../engine.js';

bring({
  build: async (folder) => (await builds[folder]()).started(),
  // In English it comes with each build.
  prose: async (file, folder) => (await (builds[file] ?? builds[folder])()).prose,
});
