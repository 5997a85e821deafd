import { JsKernel } from './js-kernel.js';
import type { FirKernel } from './kernel.js';

export const sharedKernel: FirKernel = new JsKernel();
