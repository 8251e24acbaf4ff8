/** The C mathematics library, as far as jq offers it. */
import { JqError } from '../jq-error.ts';
import type { Json } from '../json.ts';
import { describe } from '../to-json.ts';
import { besselJ, besselY } from './bessel.ts';
import { type Builtin, byValue, constantly, type Family } from './builtin.ts';
import { erf, erfc, gamma, logGamma } from './gamma.ts';
import { isNormal } from './selection.ts';

function toNumber(value: Json | undefined): number {
  if (typeof value !== 'number') throw new JqError(`${describe(value ?? null)} number required`);
  return value;
}

/** A function of the input. */
function ofInput(compute: (x: number) => Json): Builtin {
  return byValue((input) => compute(toNumber(input)));
}

/** Functions of two and three arguments do not read the input. */
function ofTwo(compute: (x: number, y: number) => Json): Builtin {
  return byValue((_input, x, y) => compute(toNumber(x), toNumber(y)));
}

function roundAway(x: number): number {
  return x < 0 ? -Math.round(-x) : Math.round(x);
}

/** To the nearest integer, halves to the even one. */
function roundEven(x: number): number {
  const floor = Math.floor(x);
  const distance = x - floor;
  if (distance !== 0.5) return distance < 0.5 && !Object.is(x, -0) ? keepSign(floor, x) : Math.round(x);
  return keepSign(floor % 2 === 0 ? floor : floor + 1, x);
}

function keepSign(result: number, x: number): number {
  return result === 0 && (x < 0 || Object.is(x, -0)) ? -0 : result;
}

/** `x = fraction * 2 ** exponent` with a fraction from 0.5 to 1. */
function frexp(x: number): [number, number] {
  if (x === 0 || !Number.isFinite(x)) return [x, 0];
  const view = new DataView(new ArrayBuffer(8));
  const scale = Math.abs(x) < 2 ** -1022 ? 54 : 0;
  view.setFloat64(0, x * 2 ** scale);
  const high = view.getUint32(0);
  const exponent = ((high >>> 20) & 0x7ff) - 1022;
  view.setUint32(0, (high & 0x800fffff) | (1022 << 20));
  return [view.getFloat64(0), exponent - scale];
}

function logb(x: number): number {
  if (x === 0) return -Infinity;
  if (!Number.isFinite(x)) return Number.isNaN(x) ? x : Infinity;
  return frexp(x)[1] - 1;
}

function significand(x: number): number {
  return x === 0 || !Number.isFinite(x) ? x : frexp(x)[0] * 2;
}

/** In steps, so that neither factor overflows or loses digits before the result does. */
function ldexp(x: number, exponent: number): number {
  let result = x;
  let rest = Math.trunc(Math.max(-2200, Math.min(2200, exponent)));
  for (; rest > 1000; rest -= 1000) result *= 2 ** 1000;
  for (; rest < -1000; rest += 1000) result *= 2 ** -1000;
  return result * 2 ** rest;
}

function modf(x: number): Json {
  const whole = Math.trunc(x);
  const fraction = Number.isFinite(x) ? keepSign(x - whole, x) : Number.isNaN(x) ? x : keepSign(0, x);
  return [fraction, keepSign(whole, x)];
}

function nextAfter(x: number, toward: number): number {
  if (Number.isNaN(x) || Number.isNaN(toward)) return Number.NaN;
  if (x === toward) return toward;
  if (x === 0) return toward > 0 ? Number.MIN_VALUE : -Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  view.setBigInt64(0, view.getBigInt64(0) + (toward > x === x > 0 ? 1n : -1n));
  return view.getFloat64(0);
}

/** IEEE 754 remainder: the quotient is rounded to the nearest integer, halves to the even one. */
function remainder(x: number, y: number): number {
  if (!Number.isFinite(x) || y === 0 || Number.isNaN(y)) return Number.NaN;
  if (!Number.isFinite(y)) return x;
  const size = Math.abs(y);
  let rest = Math.abs(x) % (size * 2);
  if (!Number.isFinite(size * 2)) rest = Math.abs(x);
  if (rest > size / 2) {
    rest -= size;
    if (rest >= size / 2) rest -= size;
  }
  return keepSign(x < 0 ? -rest : rest, x);
}

function pow(x: number, y: number): number {
  // C has 1 ** NaN and (-1) ** Infinity as 1; JavaScript has NaN.
  if (x === 1 || (x === -1 && Math.abs(y) === Infinity)) return 1;
  return x ** y;
}

/** `x * y + z` rounded once: the product is split into two doubles that hold it exactly. */
function fma(x: number, y: number, z: number): number {
  const product = x * y;
  if (!Number.isFinite(product) || Math.abs(product) > 2 ** 1000 || Math.abs(product) < 2 ** -900) return product + z;
  const [xh, xl] = split(x);
  const [yh, yl] = split(y);
  const error = xl * yl - (product - xh * yh - xl * yh - xh * yl);
  const sum = product + z;
  const part = sum - product;
  return sum + (product - (sum - part) + (z - part) + error);
}

function split(x: number): [number, number] {
  const scaled = x * 134_217_729;
  const high = scaled - (scaled - x);
  return [high, x - high];
}

function logGammaWithSign(x: number): Json {
  const sign = x < 0 && Math.floor(x) % 2 !== 0 && !Number.isInteger(x) ? -1 : 1;
  return [logGamma(x), sign];
}

export const math: Family = {
  'floor/0': ofInput(Math.floor),
  'ceil/0': ofInput(Math.ceil),
  'round/0': ofInput(roundAway),
  'trunc/0': ofInput(Math.trunc),
  'rint/0': ofInput(roundEven),
  'nearbyint/0': ofInput(roundEven),
  'fabs/0': ofInput(Math.abs),
  'sqrt/0': ofInput(Math.sqrt),
  'cbrt/0': ofInput(Math.cbrt),
  'exp/0': ofInput(Math.exp),
  'exp2/0': ofInput((x) => 2 ** x),
  'exp10/0': ofInput((x) => 10 ** x),
  'pow10/0': ofInput((x) => 10 ** x),
  'expm1/0': ofInput(Math.expm1),
  'log/0': ofInput(Math.log),
  'log2/0': ofInput(Math.log2),
  'log10/0': ofInput(Math.log10),
  'log1p/0': ofInput(Math.log1p),
  'logb/0': ofInput(logb),
  'sin/0': ofInput(Math.sin),
  'cos/0': ofInput(Math.cos),
  'tan/0': ofInput(Math.tan),
  'asin/0': ofInput(Math.asin),
  'acos/0': ofInput(Math.acos),
  'atan/0': ofInput(Math.atan),
  'sinh/0': ofInput(Math.sinh),
  'cosh/0': ofInput(Math.cosh),
  'tanh/0': ofInput(Math.tanh),
  'asinh/0': ofInput(Math.asinh),
  'acosh/0': ofInput(Math.acosh),
  'atanh/0': ofInput(Math.atanh),
  'erf/0': ofInput(erf),
  'erfc/0': ofInput(erfc),
  'gamma/0': ofInput(logGamma),
  'lgamma/0': ofInput(logGamma),
  'lgamma_r/0': ofInput(logGammaWithSign),
  'tgamma/0': ofInput(gamma),
  'j0/0': ofInput((x) => besselJ(0, x)),
  'j1/0': ofInput((x) => besselJ(1, x)),
  'y0/0': ofInput((x) => besselY(0, x)),
  'y1/0': ofInput((x) => besselY(1, x)),
  'jn/2': ofTwo(besselJ),
  'yn/2': ofTwo(besselY),
  'frexp/0': ofInput(frexp),
  'modf/0': ofInput(modf),
  'significand/0': ofInput(significand),
  'ldexp/2': ofTwo(ldexp),
  'scalb/2': ofTwo(ldexp),
  'scalbln/2': ofTwo(ldexp),
  'nextafter/2': ofTwo(nextAfter),
  'nexttoward/2': ofTwo(nextAfter),
  'copysign/2': ofTwo((x, y) => (y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x))),
  'drem/2': ofTwo(remainder),
  'remainder/2': ofTwo(remainder),
  'fmod/2': ofTwo((x, y) => x % y),
  'fdim/2': ofTwo((x, y) => (Number.isNaN(x) || Number.isNaN(y) ? Number.NaN : Math.max(x - y, 0))),
  'fmin/2': ofTwo((x, y) => (Number.isNaN(x) ? y : Number.isNaN(y) ? x : Math.min(x, y))),
  'fmax/2': ofTwo((x, y) => (Number.isNaN(x) ? y : Number.isNaN(y) ? x : Math.max(x, y))),
  'hypot/2': ofTwo(Math.hypot),
  'atan2/2': ofTwo(Math.atan2),
  'pow/2': ofTwo(pow),
  'fma/3': byValue((_input, x, y, z) => fma(toNumber(x), toNumber(y), toNumber(z))),
  'nan/0': constantly(Number.NaN),
  'infinite/0': constantly(Infinity),
  'isnan/0': byValue(Number.isNaN),
  'isinfinite/0': byValue((input) => input === Infinity || input === -Infinity),
  'isnormal/0': byValue(isNormal),
  'isfinite/0': byValue((input) => typeof input === 'number' && Math.abs(input) !== Infinity),
};
