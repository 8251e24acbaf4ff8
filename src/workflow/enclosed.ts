/** A string that is one whole `${ … }`. */
export const ENCLOSED = /^\s*\$\{([\s\S]+)\}\s*$/;
