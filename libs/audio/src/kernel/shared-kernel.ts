import { JsKernel } from './js-kernel.js';
import { WasmKernel } from './wasm-kernel.js';

/** One instance serves all calls of the process: a run is synchronous and keeps nothing. */
export const sharedKernel = WasmKernel.load() ?? new JsKernel();
