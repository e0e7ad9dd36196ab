// Keeps one GPU busy through the CUDA driver API, without a toolkit: a kernel in PTX that the driver compiles itself.
//
//   node cuda-load.mjs SECONDS [MEBIBYTES]
//
// Prints `busy` once the first kernel has run. Every program that it starts is this one: it ends after SECONDS at most,
// or at SIGTERM.
import koffi from 'koffi';

const seconds = Number(process.argv[2] ?? 10);
const mebibytes = Number(process.argv[3] ?? 256);

// Eight independent chains of multiply-adds a thread: arithmetic units stay full, which is what draws power.
const chains = [...Array(8).keys()];
const PTX = `
.version 6.0
.target sm_50
.address_size 64
.visible .entry spin(.param .u64 out, .param .u32 rounds)
{
  .reg .pred %p<2>;
  .reg .b32 %r<5>;
  .reg .f32 %f<${chains.length + 3}>;
  .reg .b64 %rd<3>;
  ld.param.u64 %rd1, [out];
  ld.param.u32 %r1, [rounds];
  cvta.to.global.u64 %rd2, %rd1;
  mov.u32 %r2, %tid.x;
  mov.u32 %r3, 0;
  cvt.rn.f32.u32 %f0, %r2;
  mov.f32 %f${chains.length}, 0f3F7FFF00;
  mov.f32 %f${chains.length + 1}, 0f3A83126F;
${chains
  .slice(1)
  .map((i) => `  add.f32 %f${i}, %f${i - 1}, %f${chains.length + 1};`)
  .join('\n')}
LOOP:
${chains.map((i) => `  fma.rn.f32 %f${i}, %f${i}, %f${chains.length}, %f${chains.length + 1};`).join('\n')}
  add.u32 %r3, %r3, 1;
  setp.lt.u32 %p1, %r3, %r1;
  @%p1 bra LOOP;
${chains
  .slice(1)
  .map((i) => `  add.f32 %f0, %f0, %f${i};`)
  .join('\n')}
  st.global.f32 [%rd2], %f0;
  ret;
}
`;

const cuda = koffi.load('libcuda.so.1');
const ask = (name, parameters, ...values) => {
  const code = cuda.func(name, 'int', parameters)(...values);
  if (code !== 0) throw new Error(`${name}: CUDA error ${code}`);
};
const outOf = (name, parameters, ...values) => {
  const out = new BigUint64Array(1);
  ask(name, ['void *', ...parameters], out, ...values);
  return out[0];
};

ask('cuInit', ['uint'], 0);
const device = new Int32Array(1);
ask('cuDeviceGet', ['void *', 'int'], device, 0);
const processors = new Int32Array(1);
// CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT
ask('cuDeviceGetAttribute', ['void *', 'int', 'int'], processors, 16, device[0]);
const context = outOf('cuDevicePrimaryCtxRetain', ['int'], device[0]);
ask('cuCtxSetCurrent', ['void *'], context);
const text = Buffer.from(`${PTX}\0`);
const kernelModule = outOf('cuModuleLoadData', ['void *'], text);
const kernel = outOf('cuModuleGetFunction', ['void *', 'str'], kernelModule, 'spin');
const memory = outOf('cuMemAlloc_v2', ['size_t'], mebibytes * 2 ** 20);

// Arguments lie in memory that no garbage collection moves.
const out = koffi.alloc('uint64', 1);
koffi.encode(out, 'uint64', memory);
const rounds = koffi.alloc('uint32', 1);
koffi.encode(rounds, 'uint32', 200_000);
const list = koffi.alloc('uint64', 2);
koffi.encode(list, 'uint64', koffi.address(out));
koffi.encode(list, 8, 'uint64', koffi.address(rounds));

const launch = cuda.func('cuLaunchKernel', 'int', [
  'void *',
  ...Array(7).fill('uint'),
  'void *',
  'void *',
  'void *',
]);
const finish = cuda.func('cuCtxSynchronize', 'int', []);
const end = performance.now() + seconds * 1000;
let said = false;
const go = () => {
  const code = launch(kernel, processors[0] * 8, 1, 1, 256, 1, 1, 0, null, list, null) || finish();
  if (code !== 0) throw new Error(`the kernel ends with CUDA error ${code}`);
  if (!said) process.stdout.write('busy\n');
  said = true;
  // Signals are seen between two kernels.
  if (performance.now() < end) setImmediate(go);
};
process.once('SIGTERM', () => process.exit(0));
go();
