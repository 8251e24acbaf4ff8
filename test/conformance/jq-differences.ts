/** Cases of jq's own suites that our engine answers differently, by file and program, each with the reason. */
const MODULES = 'closed: modules read files';
const INPUT = 'closed: an expression has one input';
const ENVIRONMENT = 'closed: the environment holds secrets';
const MESSAGE = 'jq 1.8 changed the message of 1.7.1';
const BEHAVIOUR = 'jq 1.8 changed what 1.7.1 did';
const DOUBLES = 'numbers are doubles: a literal beyond 2^53 or with its own notation is not kept';

const MODULE_CASES = {
  'import "a" as foo; import "b" as bar; def fooa: foo::a; [fooa, bar::a, bar::b, foo::a]': MODULES,
  'import "c" as foo; [foo::a, foo::c]': MODULES,
  'include "c"; [a, c]': MODULES,
  'import "data" as $e; import "data" as $d; [$d[].this,$e[].that,$d::d[].this,$e::e[].that]|join(";")': MODULES,
  'import "data" as $a; import "data" as $b; def f: {$a, $b}; f': MODULES,
  'include "shadow1"; e': MODULES,
  'include "shadow1"; include "shadow2"; e': MODULES,
  'import "shadow1" as f; import "shadow2" as f; import "shadow1" as e; [e::e, f::e]': MODULES,
  modulemeta: MODULES,
  'modulemeta | .deps | length': MODULES,
  'modulemeta | .defs | length': MODULES,
  'import "test_bind_order" as check; check::check': MODULES,
  'try input catch .': INPUT,
};

export const KNOWN_DIFFERENCES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '1.7.1/base64.test': { '. | try @base64d catch .': MESSAGE },
  '1.7.1/jq.test': {
    ...MODULE_CASES,
    '.[] | try (getpath(["a",0,"b"]) |= 5) catch .': MESSAGE,
    '[.[]|try if . == 0 then error("foo") elif . == 1 then .a elif . == 2 then empty else . end catch .]': MESSAGE,
    'try -. catch .': MESSAGE,
    'try join(",") catch .': MESSAGE,
    'try ("foobar" | .[1.5]) catch .': MESSAGE,
    'try ["ok", setpath([1]; 1)] catch ["ko", .]': MESSAGE,
    '.[0] | tostring': DOUBLES,
    '.x | tojson': DOUBLES,
    '13911860366432393 == 13911860366432392': DOUBLES,
    'fromjson | isnan': BEHAVIOUR,
  },
  '1.7.1/man.test': {
    '[., tojson]': DOUBLES,
    'map([., . == 1]) | tojson': DOUBLES,
    '. as $big | [$big, $big + 1] | map(. > 10000000000000000000000000000000)': DOUBLES,
    '$ENV.PAGER': ENVIRONMENT,
    'env.PAGER': ENVIRONMENT,
  },
  '1.7.1/onig.test': { '[match("( )*"; "g")]': BEHAVIOUR },
  '1.8.2/jq.test': MODULE_CASES,
};

/** Reasons that the share of passed cases does not count. */
export const UNCOUNTED: ReadonlySet<string> = new Set([MODULES, INPUT, MESSAGE]);
