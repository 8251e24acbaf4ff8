/** Bessel functions of the first and second kind, by their integrals: https://dlmf.nist.gov/10.9 */
import { work } from '../meter.ts';

/** The integrand is periodic, so the trapezoid rule converges faster than any power of the step. */
export function besselJ(order: number, x: number): number {
  const n = Math.trunc(order);
  if (Number.isNaN(x) || Number.isNaN(n)) return Number.NaN;
  if (!Number.isFinite(x)) return 0;
  const steps = sizeFor(n, x);
  let sum = 0.5 * (1 + Math.cos(n * Math.PI));
  for (let i = 1; i < steps; i += 1) {
    work(4);
    const angle = (i * Math.PI) / steps;
    sum += Math.cos(n * angle - x * Math.sin(angle));
  }
  return sum / steps;
}

/** Enough points to follow the wave; beyond, the answer loses digits instead of taking longer. */
function sizeFor(n: number, x: number): number {
  return 40 + Math.ceil(Math.min(Math.abs(x) + Math.abs(n), 20_000));
}

export function besselY(order: number, x: number): number {
  const n = Math.trunc(order);
  if (Number.isNaN(x) || x < 0) return Number.NaN;
  if (x === 0) return -Infinity;
  if (!Number.isFinite(x)) return 0;
  const wave = integrate((angle) => Math.sin(x * Math.sin(angle) - n * angle), Math.PI, sizeFor(n, x));
  const sign = n % 2 === 0 ? 1 : -1;
  const decay = (t: number) => (Math.exp(n * t) + sign * Math.exp(-n * t)) * Math.exp(-x * Math.sinh(t));
  const end = Math.asinh((745 + Math.abs(n) * 20) / x);
  return (wave - integrate(decay, end, 400)) / Math.PI;
}

/** Ten points of Gauss and Legendre on each of the pieces of `[0, end]`. */
const NODES = [0.14887433898163122, 0.4333953941292472, 0.6794095682990244, 0.8650633666889845, 0.9739065285171717];
const WEIGHTS = [
  0.29552422471475287, 0.26926671930999635, 0.21908636251598204, 0.1494513491505806, 0.06667134430868814,
];

function integrate(f: (t: number) => number, end: number, pieces: number): number {
  const half = end / pieces / 2;
  let sum = 0;
  for (let piece = 0; piece < pieces; piece += 1) {
    work(20);
    const middle = (2 * piece + 1) * half;
    for (const [i, node] of NODES.entries()) {
      sum += (WEIGHTS[i] as number) * (f(middle + node * half) + f(middle - node * half));
    }
  }
  return sum * half;
}
