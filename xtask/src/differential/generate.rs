//! Texts with the faults that people and programs make, in every mixture. The same every time.

use super::{Input, What};

const POLICIES: usize = 4000;
const RECORDS: usize = 4000;
const MATCHES: usize = 1500;

/// All of them.
pub(crate) fn all() -> Vec<Input> {
    let mut inputs = Vec::new();
    let mut add = |kind: &str, count: usize, what: fn(&mut Dice) -> What| {
        for number in 0..count {
            // Each has a seed of its own, so that one more of a kind leaves the others as they were.
            let mut dice = Dice(u64::try_from(number).unwrap_or_default());
            inputs.push(Input { name: format!("{kind}-{number:04}"), what: what(&mut dice) });
        }
    };
    add("policy", POLICIES, policy);
    add("records", RECORDS, records);
    add("match", MATCHES, matching);
    add("size", SIZES.len(), size);
    inputs
}

/// Numbers that look like chance (splitmix64).
struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        let sides = u64::try_from(sides).unwrap_or(1).max(1);
        usize::try_from(z % sides).unwrap_or_default()
    }

    /// True once in `times`.
    fn once_in(&mut self, times: usize) -> bool {
        self.roll(times) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }

    /// The first, mostly.
    fn mostly<'a>(&mut self, times: usize, usual: &[&'a str], odd: &[&'a str]) -> &'a str {
        if self.once_in(times) { self.pick(odd) } else { self.pick(usual) }
    }
}

/// Octets, at and around the bounds that readers have.
const SIZES: [usize; 6] = [65_535, 65_536, 65_537, 70_000, 1_048_576, 1_048_577];

/// A good policy of a size, half of it one line, half of it many.
fn size(dice: &mut Dice) -> What {
    let wanted = usize::try_from(dice.0).ok().and_then(|index| SIZES.get(index)).copied().unwrap_or_default();
    let mut body = "version: STSv1\nmode: enforce\nmx: mx.example.com\nmax_age: 86400\n".to_owned();
    body.push_str(&["x: ", &"a".repeat(wanted / 2), "\n"].concat());
    while body.len() + 8 < wanted {
        body.push_str("y: abc\n");
    }
    body.push_str(&["z:", &"b".repeat(wanted.saturating_sub(body.len() + 3)), "\n"].concat());
    What::Policy(body.into_bytes())
}

const ODD: usize = 6;

fn policy(dice: &mut Dice) -> What {
    let mut lines = vec![
        [
            "version",
            dice.mostly(ODD, &["STSv1"], &["stsv1", "STSv2", "STSv1 STSv1", "", "\"STSv1\"", "STSv10"]),
        ],
        ["mode", dice.mostly(ODD, &["enforce", "testing", "none"], &MODES)],
        ["max_age", dice.mostly(ODD, &["86400", "604800", "31557600", "3600", "0"], &AGES)],
    ];
    for _ in 0..dice.roll(4) {
        lines.push([
            "mx",
            dice.mostly(ODD, &["mx.example.com", "*.example.com", "MX2.Example.COM"], &PATTERNS),
        ]);
    }
    // Once more, left out, or moved.
    if dice.once_in(4) {
        let again = [
            ["mode", dice.pick(&["enforce", "testing", "none", "bogus", ""])],
            ["max_age", dice.pick(&["60", "9999999999", "x", "-1"])],
            ["version", dice.pick(&["STSv1", "STSv2"])],
            ["mx", dice.pick(&["mx.example.com", "MX.EXAMPLE.COM", ""])],
        ];
        let at = dice.roll(lines.len() + 1);
        lines.insert(at, again[dice.roll(again.len())]);
    }
    if dice.once_in(8) {
        let at = dice.roll(lines.len());
        lines.remove(at);
    }
    if dice.once_in(3) {
        let (a, b) = (dice.roll(lines.len()), dice.roll(lines.len()));
        lines.swap(a, b);
    }
    if dice.once_in(3) {
        let at = dice.roll(lines.len() + 1);
        lines.insert(at, [dice.pick(&NAMES), dice.pick(&VALUES)]);
    }
    let usual = dice.pick(&["\n", "\r\n"]);
    let mut body = dice
        .mostly(12, &[""], &["\u{FEFF}", " ", "\n", "\r\n", "\u{A0}", "#", "\u{FEFF}\u{FEFF}"])
        .to_owned();
    let count = lines.len();
    for (index, [name, value]) in lines.into_iter().enumerate() {
        body.push_str(dice.mostly(20, &[""], &[" ", "\t", "\u{A0}", "\u{3000}"]));
        match dice.roll(30) {
            0 => body.push_str(&name.to_uppercase()),
            1 => body.push_str(
                &[
                    name.get(..1).unwrap_or_default().to_uppercase().as_str(),
                    name.get(1..).unwrap_or_default(),
                ]
                .concat(),
            ),
            _ => body.push_str(name),
        }
        body.push_str(dice.mostly(
            14,
            &[": ", ":"],
            &[" : ", ":\t", " :", "=", "", ":  ", "::", ":\u{A0}", ": \u{FEFF}"],
        ));
        body.push_str(value);
        body.push_str(dice.mostly(
            12,
            &[""],
            &[" ", "\t", " \t ", "\u{A0}", "\r", "\u{B}", "\u{1C}", "\u{85}", ";", ","],
        ));
        let last = index + 1 == count;
        if !(last && dice.once_in(3)) {
            body.push_str(dice.mostly(16, &[usual], &ENDS));
        }
    }
    body.push_str(dice.mostly(
        8,
        &[""],
        &["\n", "\r\n", " ", "\r", "\n\n", "\t\n", "\u{1A}", "\0", "garbage"],
    ));
    let mut bytes = body.into_bytes();
    if dice.once_in(10) {
        disturb(dice, &mut bytes);
    }
    What::Policy(bytes)
}

/// Puts in, takes out or changes a byte or two.
fn disturb(dice: &mut Dice, bytes: &mut Vec<u8>) {
    const BYTES: &[u8] = b"\0\x01\t\n\x0B\x0C\r\x1C\x1F !\"#*-.:;=@_aZ~\x7F\x80\x85\xA0\xC2\xE2\xEF\xFF";
    for _ in 0..=dice.roll(2) {
        let byte = BYTES[dice.roll(BYTES.len())];
        let at = dice.roll(bytes.len() + 1);
        match dice.roll(3) {
            0 => bytes.insert(at, byte),
            1 if at < bytes.len() => bytes[at] = byte,
            _ if at < bytes.len() => drop(bytes.remove(at)),
            _ => bytes.push(byte),
        }
    }
}

fn records(dice: &mut Dice) -> What {
    let count = if dice.once_in(8) { 1 + dice.roll(3) } else { 1 };
    What::Records((0..count).map(|_| record(dice)).collect())
}

fn record(dice: &mut Dice) -> Vec<u8> {
    let mut text = dice.mostly(20, &[""], &[" ", "\t", "\"", "\u{FEFF}", ";"]).to_owned();
    let mut fields = vec![
        dice.mostly(
            ODD,
            &["v=STSv1"],
            &[
                "v=stsv1",
                "V=STSv1",
                "v=STSv2",
                "v=STSv10",
                "v = STSv1",
                "v =STSv1",
                "v=",
                "v",
                "v=STSv1 x",
                "v=spf1 -all",
            ],
        ),
        dice.mostly(4, &["id=20260101T000000", "id=1"], &IDS),
    ];
    for _ in 0..dice.roll(3) {
        let at = dice.roll(3).min(fields.len());
        fields.insert(at, dice.pick(&FIELDS));
    }
    if dice.once_in(14) {
        fields.reverse();
    }
    if dice.once_in(14) {
        fields.remove(dice.roll(fields.len()));
    }
    let count = fields.len();
    for (index, field) in fields.into_iter().enumerate() {
        text.push_str(field);
        if index + 1 < count {
            text.push_str(dice.mostly(
                8,
                &["; ", ";"],
                &[" ; ", "\t;\t", ";;", "; ;", " ", ",", ";\u{A0}", " ;\n", ";\u{B}"],
            ));
        }
    }
    text.push_str(dice.mostly(
        3,
        &["", ";"],
        &["; ", " ", ";;", " ;", "\t", "\"", "\n", "\r\n", ";\t;", "\u{A0}", "; ;", "x"],
    ));
    let mut bytes = text.into_bytes();
    if dice.once_in(12) {
        disturb(dice, &mut bytes);
    }
    bytes
}

fn matching(dice: &mut Dice) -> What {
    let pattern = dice.mostly(3, &["mx.example.com", "*.example.com", "MX.Example.Com"], &PATTERNS);
    What::Match(pattern.to_owned(), dice.pick(&HOSTS).to_owned())
}

const MODES: [&str; 12] = [
    "Enforce",
    "ENFORCE",
    "enforced",
    "live",
    "",
    "test",
    "none none",
    "Testing",
    "NONE",
    "enforce;",
    "report",
    "en force",
];
const AGES: [&str; 40] = [
    "31557601",
    "2147483647",
    "2147483648",
    "4294967296",
    "9999999999",
    "99999999999",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999999",
    "+5",
    "-1",
    "-0",
    "+0",
    "+-5",
    "1_000",
    "1__000",
    "_1",
    "1_",
    "1e6",
    "1E3",
    "1e",
    "0x10",
    "0X1f",
    "0b11",
    "0o17",
    "-0x1",
    "",
    "604800s",
    "7 days",
    "1.5",
    "1.",
    ".5",
    "31557600.5",
    "Infinity",
    "NaN",
    "00604800",
    "0000000000604800",
    "604,800",
    "٣٦٠٠",
    "1e400",
];
const PATTERNS: [&str; 34] = [
    "",
    ".",
    "*",
    "*.",
    ".example.com",
    "**.example.com",
    "*mx.example.com",
    "mx.*.example.com",
    "*.*.example.com",
    "mx.example.com.",
    "*.example.com.",
    "mx..example.com",
    "m_x.example.com",
    "-mx.example.com",
    "mx-.example.com",
    "ab--cd.example.com",
    "xn--e1afmkfd.example",
    "192.0.2.1",
    "*.192.0.2.1",
    "[192.0.2.1]",
    "2001:db8::1",
    "localhost",
    "mx.example.com:25",
    "https://mx.example.com",
    "mx1.example.com mx2.example.com",
    "a.example.com,b.example.com",
    "\"mx.example.com\"",
    "10 mx.example.com",
    "mäil.example",
    "例え.example",
    "mx.example.com;",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example",
    "mx.example.com # main",
];
const HOSTS: [&str; 16] = [
    "mx.example.com",
    "MX.EXAMPLE.COM",
    "example.com",
    "a.b.example.com",
    "badexample.com",
    "m_x.example.com",
    "mx-.example.com",
    "mx.example.com.",
    "localhost",
    "192.0.2.1",
    "xn--e1afmkfd.example",
    "mx.example.org",
    "com",
    "1.example.com",
    "mx.example.com.evil.org",
    "a.mx.example.com",
];
const NAMES: [&str; 20] = [
    "x-note",
    "a",
    "mxs",
    "nmx",
    "mx ",
    "Mx",
    "max-age",
    "maxage",
    "policy",
    "_x",
    "-x",
    ".x",
    "x y",
    "",
    "# comment",
    "0",
    "a.b-c_d",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "nöte",
];
const VALUES: [&str; 14] = [
    "",
    "x",
    "a:b",
    "a b",
    "a\tb",
    "ümläut",
    "a\u{7F}b",
    "a\u{85}b",
    "a\u{2028}b",
    "{x}",
    "a\u{1}b",
    "enforce",
    "=;",
    "\u{A0}",
];
const ENDS: [&str; 15] = [
    "\n\n", "\r", "\r\r\n", "\n\r", "\u{B}", "\u{C}", "\u{1C}", "\u{1D}", "\u{1E}", "\u{85}", "\u{2028}",
    "\u{2029}", " \n", "\n \n", "\0",
];
const IDS: [&str; 24] = [
    "id=",
    "id",
    "id=2026-01-01",
    "id=a b",
    "id= 1",
    "id =1",
    "ID=1",
    "Id=1",
    "id=1=2",
    "id=é",
    "id=\"1\"",
    "id=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "id=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "id=1;id=2",
    "id=1; id=",
    "id=;id=1",
    "id=1; id=2; id=3",
    "id=a_b",
    "id=1.2",
    "=1",
    "ids=1",
    "i d=1",
    "id==1",
    "id=1\u{0}",
];
const FIELDS: [&str; 22] = [
    "a=1",
    "x-note=ok",
    "note=has space",
    "note=",
    "=x",
    "novalue",
    "a=b=c",
    "_a=1",
    "-a=1",
    ".a=1",
    "abcdefghi=1",
    "v=STSv1",
    "v=STSv2",
    "V=STSv1",
    "é=1",
    "a=é",
    "a=\\",
    "a=\"q\"",
    "a\t=1",
    "foo1",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=1",
    " ",
];
