/** The error and gamma functions, to about fourteen digits. */

/** Taylor series near zero, the complement elsewhere. */
export function erf(x: number): number {
  if (Math.abs(x) > 2) return x < 0 ? erfc(-x) - 1 : 1 - erfc(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n += 1) {
    term *= -(x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** A continued fraction, evaluated from its far end: https://dlmf.nist.gov/7.9 */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x < 2) return x < -2 ? 2 - erfc(-x) : 1 - erf(x);
  if (x > 27) return 0;
  let fraction = 0;
  for (let n = 120; n > 0; n -= 1) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

/** Stirling's series, after recurrence to where it converges: https://dlmf.nist.gov/5.11 */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360, 1 / 156];

export function logGamma(x: number): number {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) === Infinity || (x <= 0 && Number.isInteger(x))) return Infinity;
  if (x === 1 || x === 2) return 0;
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - logGamma(1 - x);
  let shift = 1;
  let z = x;
  for (; z < 15; z += 1) shift *= z;
  let series = 0;
  let power = 1 / z;
  for (const coefficient of STIRLING) {
    series += coefficient * power;
    power /= z * z;
  }
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series - Math.log(shift);
}

export function gamma(x: number): number {
  if (x === 0) return 1 / x;
  if (x === -Infinity || (x < 0 && Number.isInteger(x))) return Number.NaN;
  if (Number.isInteger(x) && x <= 171) {
    let product = 1;
    for (let n = 2; n < x; n += 1) product *= n;
    return product;
  }
  if (x < 0.5) return Math.PI / (Math.sin(Math.PI * x) * gamma(1 - x));
  return Math.exp(logGamma(x));
}
