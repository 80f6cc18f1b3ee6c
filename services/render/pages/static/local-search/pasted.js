// What was pasted: commands, statements, data and messages of programs. The rules are those of
// services/search/understanding/readings.py, services/search/understanding/messages.py and services/search/text/query.py.

const VERBS =
  "Get|Set|New|Remove|Add|Clear|Copy|Move|Rename|Start|Stop|Restart|Invoke|Import|Export|Select|Where|ForEach|Test" +
  "|Enable|Disable|Install|Uninstall|Update|Write|Read|Out|Convert|ConvertTo|ConvertFrom|Format|Measure|Sort|Group" +
  "|Compare|Resolve|Register|Unregister|Wait|Send|Enter|Exit|Connect|Disconnect|Find|Save";
// A command: an option that cannot be an operator, a pipe, a path, a substitution, a port, an address, a value, a file
// pattern, a script, a cmdlet, a prompt, or a program whose long options have one sign.
const COMMAND = new RegExp(
  [
    /(?<!\S)(?:--[a-z]|-[A-Za-z](?!\S)|-X[a-z]|(?:\|\|?|&&)(?!\S)|[.~]*\/|\.{1,2}(?!\S)|\{\}(?!\S))/.source,
    /\$[({]|\$\w+[:.]\w|:\d{2,5}(?!\S)|:\/\/|\w=\S|\*\.[a-z]|\w\.(?:sh|ps1|bat|cmd|exe|jar|pem)(?!\S)/.source,
    `(?<!\\S)(?:${VERBS})-[A-Z][A-Za-z]+(?!\\S)`,
    /^\s*(?:\$|#|PS>|sudo)\s/.source,
    /^\s*(?:go (?:build|test|run|vet|mod)|terraform [a-z]+|openssl \w+|find \S+|java)\s+-(?:run|race|count|bench|mod|tags|auto|var|out|target|in|text|noout|name|type|exec|mtime|size|jar|cp|version)\b/.source,
  ].join("|"),
);
const OPTION = /^-(?:[A-Za-z]|\S+[=:]\S*)$/;
const STATEMENT = /(?<!\S)(?:[=<>!]?=|[<>]|<>|&&|\|\|)(?!\S)|['"\w)]\s*[=<>]\s*(?:['"]|\d)|\b(?:SELECT|WHERE|FROM|DELETE|HAVING|JOIN|LIKE|BETWEEN|NULL)\b/;
const QUOTE = '"';
const DATA = new RegExp(
  `${QUOTE}\\s*:\\s*(?:${QUOTE}|[{[\\d]|(?:true|false|null)\\b)|[{[]\\s*${QUOTE}|=\\s*${QUOTE}|\\w!?\\(\\s*${QUOTE}|\\w:\\s[^]*\\w:\\s+${QUOTE}|\\w:\\s+${QUOTE}[^]*\\w:\\s`,
);

export const isCommand = (text) => COMMAND.test(text);
export const isOption = (typed) => OPTION.test(typed);
export const isStatement = (text) => STATEMENT.test(text);
export const isProgramName = (text) => PROGRAM_NAME.test(text);
export const isData = (text) => DATA.test(text);

const CASED_FAILURES = /[A-Za-z](?:Error|Exception|Warning)\b|\w_(?:error|exception)\b|\bE[A-Z]{3,}\b|\bERR!|(?:\b|_)ERR(?:OR)?_|[A-Z]_(?:FAILED|DENIED|REFUSED|VIOLATION)\b|\b[A-Z]{2,5}-\d{3,}\b|\b0x[0-9A-Fa-f]{4,}\b|\b(?:[A-Z]{5,}|FAIL|WARN): |\bSQLSTATE\b|\bMsg \d+, Level\b|\b(?:SQLITE|ER)_[A-Z_]+\b/;
const FAILURES = new RegExp(
  "\\b(?:error|fatal|panic(?:ked)?|warning|segmentation fault|(?:access|permission) (?:is )?denied|not found|undefined" +
    "|(?:not|never) defined|cannot|can't|could(?: not|n't)|unable to|failed|refus(?:ed|ing)|no such|no match(?:es|ing)" +
    "|not recognized|invalid|uncaught|unresolved|unhandled|unexpected|traceback|goroutine|timed out|(?:is|are) missing" +
    "|has a missing|(?:was|were) never|must not|no rule|too (?:large|long|many)" +
    "|not (?:assignable|present|allowed|permitted|supported|implemented|installed|used)|does not exist" +
    "|already (?:in use|exists|defined|running)|(?<!-)unknown(?!-)|blocked|aborted|killed|corrupt(?:ed)?|mismatch" +
    "|deadlock|conflict|exhausted|exceeded|forbidden|rejected|insufficient|violat(?:es|ed|ion)|prematurely|(?:closed|reset) by" +
    "|no ['\"`][^'\"`]+['\"`])(?!\\w)|\\[(?:emerg|alert|crit|err|warn)\\]",
  "i",
);
const SIGNS = /\w: |\w:$|(?<!\S)['"`[(]\S|\w[([]|ERR!|\bERR_|\*\*\*|\w; |\w=['"]|:\/\/|[A-Za-z]:\d{2,5}\b|\b[Ee][Rr][Rr][Oo][Rr] #?\d{3}|\w\.\w+:\d|\b0x[0-9A-Fa-f]{4,}\b|^(?:Cannot|Can't|Could not|Unable to|Failed to|Invalid|Unexpected|Unknown|Uncaught|Unhandled|No such)\b/;
const EXCEPTION = /(?:[a-z]|\bIO|\bSQL|\bOS)(?:Error|Exception)$|\w_exception$/;
const CODE = /(?<![A-Z])(?:ERR(?:OR)?|ER|SQLITE)_[A-Z_]+$|[A-Z]{1,5}-?\d{4,}$|0x[0-9A-Fa-f]{4,}$/;
// A name in a program, or an option of one, and nothing beside it but its value: words joined by capitals, underscores,
// dots or colons, in options by hyphens.
const NAME = "[\\p{L}_][\\p{L}\\p{N}\\p{M}_]*";
const PROGRAM_NAME = new RegExp(
  `^(?:[@$]?${NAME}(?:(?:\\.|::)${NAME})*(?:\\(\\))?;?|--?${NAME}(?:[-.:+]+[\\p{L}\\p{N}\\p{M}_]+)*)(?:=[^\\s"']*)?$`,
  "u",
);
// The errors of systems that programs print most; the service knows all of them.
const ERRNO = new Set(
  ("EACCES EADDRINUSE EADDRNOTAVAIL EAGAIN EBADF EBUSY ECONNABORTED ECONNREFUSED ECONNRESET EEXIST EFAULT EHOSTUNREACH EINTR EINVAL EIO " +
    "EISDIR ELIFECYCLE EMFILE ENAMETOOLONG ENETUNREACH ENFILE ENOBUFS ENOENT ENOMEM ENOSPC ENOSYS ENOTCONN ENOTDIR ENOTEMPTY ENOTFOUND " +
    "EPERM EPIPE EPROTO ERESOLVE EROFS ESRCH ETIMEDOUT").split(" "),
);
// A line of a stack trace: it has no word for the failure.
const FRAME = /(?:^|\s)at [\w.$<>/]+\s?\([^()\s]*:\d+(?::\d+)?\)|\bFile "[^"]+", line \d+|\.go:\d+ \+0x/;
// A time of day, or a date with or without one, as programs print them.
const TIMESTAMP = /^(?:(?:\d{4}[-/]\d\d?[-/]\d\d?|\d\d?\/[A-Za-z]{3}\/\d{4})(?:[T_:]\S*)?|\d\d?([./])\d\d?\1\d{4}|\d\d?:\d\d(?::\d\d(?:[.,]\d+)?)?Z?)$/;
const AROUND = /^['"`:;,.()[\]]+|['"`:;,.()[\]]+$/g;
const MIN_WORDS = 3;

// Whether a word as typed names one kind of error: KeyError, EADDRINUSE, ORA-01555.
export function isCode(typed) {
  const word = typed.replace(AROUND, "");
  return ERRNO.has(word) || EXCEPTION.test(word) || CODE.test(word);
}

// Whether ``text``, of ``words`` content words, is the message of a program.
export function isMessage(text, words) {
  const [first, ...rest] = text.trim().split(": ");
  if ((words === 1 || rest.length) && isCode(first)) return true;
  return words >= MIN_WORDS && SIGNS.test(text) && [CASED_FAILURES, FAILURES, FRAME].some((one) => one.test(text));
}

export const isTimestamp = (typed) => TIMESTAMP.test(typed);
