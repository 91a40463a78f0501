//! How each reader departs from the strict reading, in words, with the place each was read in. Nothing
//! that a page needs refers to these tables: they are for documents and for `explain`.

/// One way in which a reader departs from the strict reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is about: a number of [`POINTS`].
    pub point: u8,
    /// What the reader does, in one sentence.
    pub says: &'static str,
    /// The file and function it was read in, in the version of the profile.
    pub source: &'static str,
}

/// What readers differ in: the number a [`Difference`] has, and what it is about.
pub static POINTS: &[(u8, &str)] = &[
    (1, "white space in front of the record's first `;`"),
    (2, "a version that only begins like `v=STSv1`"),
    (3, "several records"),
    (4, "an unrelated TXT record beside it"),
    (6, "a version that is not the first field"),
    (7, "letters in the other case, in the record"),
    (8, "white space around the record's `=`"),
    (9, "white space at the ends of the record"),
    (10, "white space behind the last `;`"),
    (11, "`;;`"),
    (12, "what an `id` may hold"),
    (13, "an empty `id`"),
    (14, "a second `id`"),
    (15, "other fields of the record"),
    (21, "quotes around the record"),
    (24, "empty lines in the policy"),
    (25, "control characters, and spaces and line ends beyond ASCII"),
    (26, "a byte order mark"),
    (27, "white space in front of a key"),
    (28, "white space between a key and its colon"),
    (30, "a key in the other case"),
    (31, "a `version` in the other case"),
    (32, "a `mode` in the other case"),
    (33, "no `version`"),
    (34, "no `mode`"),
    (35, "no `max_age`"),
    (37, "a second `version`, `mode` or `max_age`"),
    (38, "other fields of the policy"),
    (39, "a colon in a value"),
    (40, "a line without a colon"),
    (41, "a comment"),
    (42, "characters outside ASCII"),
    (43, "what an `mx` may hold"),
    (44, "a `max_age` above a year"),
    (45, "a small `max_age`"),
    (46, "a `max_age` that is not 1 to 10 digits"),
    (47, "`mode: none` without `mx`"),
    (48, "an empty `mx`"),
    (49, "a dot at the end of an `mx`"),
    (50, "a `*` that is not a whole label in front"),
    (52, "an IP address as `mx`"),
    (53, "an underscore in a mail host's name"),
    (54, "a large policy"),
    (56, "a status other than 200"),
    (57, "a Content-Type other than `text/plain`"),
    (66, "how many labels a `*` stands for"),
];

/// The differences of the profile of that name; the strict one has none.
pub(super) fn of(name: &str) -> &'static [Difference] {
    TABLES.iter().find(|(reader, _)| *reader == name).map_or(&[], |(_, differences)| differences)
}

const fn at(point: u8, says: &'static str, source: &'static str) -> Difference {
    Difference { point, says, source }
}

const TABLES: &[(&str, &[Difference])] = &[
    ("postfix-mta-sts-resolver", POSTFIX_MTA_STS_RESOLVER),
    ("postfix-tlspol", POSTFIX_TLSPOL),
    ("mox", MOX),
    ("Stalwart", STALWART),
    ("go-mtasts", GO_MTASTS),
    ("KumoMTA", KUMOMTA),
    ("mailauth, lax", MAILAUTH_LAX),
    ("mailauth, strict", MAILAUTH_STRICT),
    ("checkdmarc", CHECKDMARC),
    ("mail-auth", MAIL_AUTH),
    ("mailrs-mta-sts", MAILRS),
];

const PMSR_RESOLVE: &str = "resolver.py STSResolver.resolve";
const PMSR_RECORD: &str = "utils.py parse_mta_sts_record";
const PMSR_POLICY: &str = "utils.py parse_mta_sts_policy";

const POSTFIX_MTA_STS_RESOLVER: &[Difference] = &[
    at(
        2,
        "Every text that begins with `v=STSv1` counts as a record, so `v=STSv10;…` beside one makes two.",
        PMSR_RESOLVE,
    ),
    at(9, "White space at the end of the record is trimmed.", PMSR_RECORD),
    at(11, "Empty fields of the record are passed over.", PMSR_RECORD),
    at(12, "What stands in `id` is not looked at.", PMSR_RESOLVE),
    at(13, "An empty `id`, or an `id` without `=`, is an id.", PMSR_RESOLVE),
    at(14, "The last `id` counts.", PMSR_RECORD),
    at(15, "Other fields of the record are not looked at.", PMSR_RECORD),
    at(24, "Empty lines are passed over.", PMSR_POLICY),
    at(25, "Lines end at a CR alone, VT, FF and U+001C to U+001E, too.", PMSR_POLICY),
    at(37, "The last `version`, `mode` and `max_age` count.", PMSR_POLICY),
    at(38, "Other fields are not looked at.", PMSR_POLICY),
    at(40, "A line without a colon is a field with an empty value.", PMSR_POLICY),
    at(42, "A policy that is not ASCII is refused unless its Content-Type names a charset.", PMSR_RESOLVE),
    at(43, "What stands in `mx` is not looked at.", PMSR_POLICY),
    at(46, "`max_age` is whatever Python's `int` takes: `+5`, `1_000`.", PMSR_RESOLVE),
    at(48, "An empty `mx` is a pattern.", PMSR_POLICY),
    at(
        50,
        "Every `*` in front of a pattern goes, so `*mail.example.com` admits `mail.example.com`.",
        "responder.py STSSocketmapResponder.process_request",
    ),
    at(57, "A policy that is not `text/plain` is refused.", "resolver.py STSResolver.resolve"),
    at(
        66,
        "Postfix is given `.example.com`, which takes names of any depth.",
        "responder.py STSSocketmapResponder.process_request",
    ),
];

const TLSPOL_RECORD: &str = "internal/mta-sts.go isValidMtaStsTXTRecord";
const TLSPOL_LINE: &str = "internal/mta-sts.go parseLine";

const POSTFIX_TLSPOL: &[Difference] = &[
    at(
        1,
        "A tab in the record is no white space: the DNS library writes it as `\\009`.",
        "github.com/miekg/dns msg_helpers.go unpackString",
    ),
    at(14, "A second `id` is passed over, whatever its value.", TLSPOL_RECORD),
    at(
        15,
        "What is not ASCII is taken in other fields: the DNS library writes it as `\\195\\169`.",
        "github.com/miekg/dns msg_helpers.go unpackString",
    ),
    at(
        37,
        "A second `version`, `mode`, `max_age` or extension is passed over, whatever its value.",
        TLSPOL_LINE,
    ),
    at(
        42,
        "U+0080 to U+009F are refused in an extension's value.",
        "internal/mta-sts.go isMtaStsExtensionValue",
    ),
    at(44, "A `max_age` above 31557600 is cut to that.", TLSPOL_LINE),
    at(
        49,
        "A dot at the end of an `mx` is taken, and handed to Postfix.",
        "internal/utils/valid/valid.go IsDNSName",
    ),
    at(52, "A policy whose `mx` is an IP address is refused.", "internal/utils/valid/valid.go IsDNSName"),
    at(
        57,
        "A policy that is not `text/plain` is refused.",
        "internal/mta-sts.go isValidMtaStsPolicyMediaType",
    ),
    at(66, "Postfix is given `.example.com`, which takes names of any depth.", TLSPOL_LINE),
];

const MOX_RECORD: &str = "mtasts/parse.go ParseRecord";
const MOX_POLICY: &str = "mtasts/parse.go ParsePolicy";

const MOX: &[Difference] = &[
    at(14, "A second `id` is not read past, so the record is refused unless it is empty.", MOX_RECORD),
    at(15, "An extension's name may begin with `-` or `.`.", "mtasts/parse.go xkey"),
    at(37, "The first `version`, `mode` and `max_age` count, but a bad later one is refused.", MOX_POLICY),
    at(42, "An extension's value may hold what is no UTF-8.", "mtasts/parse.go xpolicyvalue"),
    at(
        43,
        "`--` in third place of a label is refused unless it is an A-label, and labels may be longer than 63.",
        "mtasts/parse.go xdomain",
    ),
    at(44, "A `max_age` up to 2147483647 is taken as it is.", "mtasts/parse.go xmaxage"),
    at(57, "The Content-Type is not looked at.", "mtasts/mtasts.go FetchPolicy"),
];

const TAGS: &str = "mail-auth 0.15.1 src/parse.rs TagParser";
const TAG_RECORD: &str = "mail-auth 0.15.1 src/mta_sts.rs MtaStsRecord::parse";
const STALWART_POLICY: &str = "crates/smtp/src/outbound/mta_sts/parse.rs Policy::parse";

const STALWART: &[Difference] = &[
    at(3, "The first record that can be read counts.", "mail-auth 0.15.1 src/dns/txt.rs parse_records"),
    at(6, "The version may stand behind the `id`.", TAG_RECORD),
    at(7, "Names and the version of the record count in either case.", TAGS),
    at(8, "White space in the record is dropped, inside values, too.", TAGS),
    at(9, "White space at the end of the record is dropped.", TAGS),
    at(11, "Empty fields of the record are passed over.", TAGS),
    at(12, "What stands in `id` is not looked at.", TAG_RECORD),
    at(13, "An empty `id` is an id.", TAG_RECORD),
    at(14, "The last `id` counts.", TAG_RECORD),
    at(
        15,
        "Other fields of the record are not looked at; one without `=` swallows the name behind it.",
        TAGS,
    ),
    at(24, "Empty lines are passed over.", STALWART_POLICY),
    at(26, "A byte order mark spoils the key behind it and nothing else.", STALWART_POLICY),
    at(27, "White space in front of a key is dropped.", STALWART_POLICY),
    at(28, "White space between key and colon is dropped.", STALWART_POLICY),
    at(31, "`version` counts in either case.", STALWART_POLICY),
    at(33, "A policy needs no `version`.", STALWART_POLICY),
    at(34, "Without `mode`, it is `none`.", STALWART_POLICY),
    at(35, "Without `max_age`, it is 86400.", STALWART_POLICY),
    at(
        37,
        "The last `version`, `mode` and `max_age` count, but a bad earlier one is refused.",
        STALWART_POLICY,
    ),
    at(38, "Other fields are not looked at.", STALWART_POLICY),
    at(40, "A line without a colon swallows the key of the next.", STALWART_POLICY),
    at(43, "U-labels in an `mx` are made A-labels; here they are shown as published.", STALWART_POLICY),
    at(
        44,
        "A `max_age` of 31557600 or more is 86400.",
        "crates/smtp/src/outbound/mta_sts/lookup.rs@7dc95c7 lookup_mta_sts_policy",
    ),
    at(
        45,
        "A `max_age` below 3600 is 86400.",
        "crates/smtp/src/outbound/mta_sts/lookup.rs@7dc95c7 lookup_mta_sts_policy",
    ),
    at(46, "A `max_age` that is no number is passed over.", STALWART_POLICY),
    at(47, "`mode: none` without `mx` is refused.", STALWART_POLICY),
    at(48, "An empty `mx` is passed over.", STALWART_POLICY),
    at(
        49,
        "A dot at the end of an `mx` is taken; it then matches no host.",
        "crates/smtp/src/outbound/mta_sts/verify.rs verify",
    ),
    at(54, "A policy may have 1 MiB.", "crates/smtp/src/outbound/mta_sts/lookup.rs@7dc95c7 MAX_POLICY_SIZE"),
    at(
        56,
        "The status is not looked at, so the body of a 404 is read as a policy.",
        "crates/smtp/src/outbound/mta_sts/lookup.rs@7dc95c7 lookup_mta_sts_policy",
    ),
    at(
        57,
        "The Content-Type is not looked at.",
        "crates/smtp/src/outbound/mta_sts/lookup.rs@7dc95c7 lookup_mta_sts_policy",
    ),
];

const GO_RECORD: &str = "mtasts.go readDNSRecord";
const GO_POLICY: &str = "mtasts.go readPolicy";

const GO_MTASTS: &[Difference] = &[
    at(4, "Any other TXT record beside it makes it two, and none counts.", "cache.go Cache.fetch"),
    at(6, "The version may stand behind the `id`.", GO_RECORD),
    at(9, "White space at the ends of the record is trimmed.", GO_RECORD),
    at(11, "Empty fields of the record are passed over.", GO_RECORD),
    at(12, "What stands in `id` is not looked at, but for white space and `=`.", GO_RECORD),
    at(14, "The last `id` counts.", GO_RECORD),
    at(15, "Other fields of the record are looked at for white space and `=` alone.", GO_RECORD),
    at(37, "The last `mode` and `max_age` count, but a bad earlier one is refused.", GO_POLICY),
    at(38, "The names of other fields are not looked at.", GO_POLICY),
    at(39, "A line with two colons is refused.", GO_POLICY),
    at(43, "What stands in `mx` is not looked at.", GO_POLICY),
    at(44, "A `max_age` has no upper bound but that of 64 bits.", GO_POLICY),
    at(46, "`max_age` may have a sign; below zero, the policy is old at once.", GO_POLICY),
    at(48, "An empty `mx` is a pattern.", GO_POLICY),
    at(49, "A dot at the end of an `mx` does not count.", "dns.go forLookup"),
    at(54, "A policy may have any size, but a line no more than 64 KiB.", GO_POLICY),
    at(57, "A policy that is not `text/plain` is refused.", "cache.go downloadPolicy"),
];

const KUMO_RECORD: &str = "crates/mta-sts/src/dns.rs@2298a17 resolve_dns_record";
const KUMO_POLICY: &str = "crates/mta-sts/src/policy.rs MtaStsPolicy::parse";

const KUMOMTA: &[Difference] = &[
    at(3, "All texts at the name are joined and read as one.", KUMO_RECORD),
    at(4, "Other TXT records are joined to it, too.", KUMO_RECORD),
    at(6, "The version may stand behind the `id`.", KUMO_RECORD),
    at(8, "White space around `=` is dropped.", KUMO_RECORD),
    at(9, "White space at the end of the record is dropped.", KUMO_RECORD),
    at(10, "White space behind the last `;` is a field without `=`, and refused.", KUMO_RECORD),
    at(11, "Empty fields of the record are passed over.", KUMO_RECORD),
    at(12, "What stands in `id` is not looked at.", KUMO_RECORD),
    at(13, "An empty `id` is an id.", KUMO_RECORD),
    at(14, "The last `id` counts.", KUMO_RECORD),
    at(15, "Other fields of the record need no more than a `=`.", KUMO_RECORD),
    at(24, "Empty lines are passed over.", KUMO_POLICY),
    at(
        26,
        "A byte order mark is dropped, by the HTTP library.",
        "reqwest 0.11 Response::text, in Cargo.toml@007e234",
    ),
    at(27, "White space in front of a key is dropped.", KUMO_POLICY),
    at(28, "White space between key and colon is dropped.", KUMO_POLICY),
    at(37, "A second `version`, `mode` or `max_age` is refused.", KUMO_POLICY),
    at(38, "Other fields are not looked at.", KUMO_POLICY),
    at(43, "What stands in `mx` is not looked at.", KUMO_POLICY),
    at(44, "A `max_age` has no upper bound but that of 64 bits.", KUMO_POLICY),
    at(46, "`max_age` may have a `+` in front, and more than 10 digits.", KUMO_POLICY),
    at(48, "An empty `mx` is a pattern.", KUMO_POLICY),
    at(
        49,
        "A dot at the end of an `mx` is taken; it then matches no host.",
        "crates/mta-sts/src/policy.rs name_match",
    ),
    at(54, "A policy may have any size.", "crates/mta-sts/src/lib.rs@546237d http_get"),
    at(57, "A policy that is not `text/plain` is refused.", "crates/mta-sts/src/lib.rs@546237d http_get"),
];

const LAX_RECORD: &str = "lib/mta-sts.js parseTxtRecordLax";
const MAILAUTH_POLICY: &str = "lib/mta-sts.js parsePolicyFile";

const MAILAUTH_LAX: &[Difference] = &[
    at(7, "The version and the names of the record count in either case.", LAX_RECORD),
    at(8, "White space around `=` is dropped.", LAX_RECORD),
    at(9, "White space at the ends of the record is dropped.", LAX_RECORD),
    at(11, "Empty fields of the record are passed over, and those without `=`.", LAX_RECORD),
    at(12, "What stands in `id` is not looked at.", LAX_RECORD),
    at(13, "An empty `id` is passed over, and the next one counts.", LAX_RECORD),
    at(15, "Other fields of the record are not looked at.", LAX_RECORD),
    at(24, "Empty lines are passed over.", MAILAUTH_POLICY),
    at(26, "A byte order mark is white space, and dropped.", MAILAUTH_POLICY),
    at(27, "White space in front of a key is dropped.", MAILAUTH_POLICY),
    at(28, "White space between key and colon is dropped.", MAILAUTH_POLICY),
    at(30, "Keys count in either case.", MAILAUTH_POLICY),
    at(32, "`mode` counts in either case.", MAILAUTH_POLICY),
    at(37, "A second `version`, `mode` or `max_age` is passed over, whatever its value.", MAILAUTH_POLICY),
    at(38, "Other fields are not looked at.", MAILAUTH_POLICY),
    at(40, "A line without a colon is passed over.", MAILAUTH_POLICY),
    at(43, "What stands in `mx` is not looked at.", MAILAUTH_POLICY),
    at(
        46,
        "`max_age` is whatever JavaScript's `Number` takes: `1e6`, `0x10`, nothing at all.",
        MAILAUTH_POLICY,
    ),
    at(48, "An empty `mx` is a pattern, and matches no host.", MAILAUTH_POLICY),
    at(49, "A dot at the end of an `mx` does not count.", "lib/mta-sts.js validateMx"),
    at(56, "Any status from 200 to 299 is taken.", "lib/mta-sts.js fetchPolicyFile"),
    at(
        57,
        "A Content-Type other than `text/plain` is no more than a warning.",
        "lib/mta-sts.js fetchPolicyFile",
    ),
];

const MAILAUTH_STRICT: &[Difference] = &[
    at(24, "Empty lines are passed over.", MAILAUTH_POLICY),
    at(26, "A byte order mark spoils the line behind it and nothing else.", MAILAUTH_POLICY),
    at(37, "A second `version`, `mode` or `max_age` is passed over, whatever its value.", MAILAUTH_POLICY),
    at(
        38,
        "A line whose name does not fit the grammar is passed over, and values of other fields are not looked at.",
        MAILAUTH_POLICY,
    ),
    at(40, "A line without a colon is passed over.", MAILAUTH_POLICY),
    at(43, "A label of an `mx` may be longer than 63.", "lib/mta-sts.js POLICY_MX_PATTERN"),
    at(57, "A policy that is not `text/plain` is refused.", "lib/mta-sts.js fetchPolicyFile"),
];

const CD_RECORD: &str = "checkdmarc/mta_sts.py parse_mta_sts_record";
const CD_POLICY: &str = "checkdmarc/mta_sts.py parse_mta_sts_policy";

const CHECKDMARC: &[Difference] = &[
    at(
        9,
        "White space at the end of the record is taken; so is any other white space beside a `;`.",
        "pyleri Grammar.parse",
    ),
    at(14, "A second `id` is passed over, if it is a well-formed extension.", CD_RECORD),
    at(21, "Quotes at the end of the record are dropped.", CD_RECORD),
    at(24, "Empty lines are passed over.", CD_POLICY),
    at(25, "White space at the ends of a value may be any that Python knows.", CD_POLICY),
    at(37, "A second `version`, `mode` or `max_age` is passed over, whatever its value.", CD_POLICY),
    at(
        42,
        "A policy whose Content-Type names no charset is read as ISO 8859-1, so every byte is a character.",
        "checkdmarc/mta_sts.py download_mta_sts_policy",
    ),
    at(
        53,
        "The label under a wildcard may not have an underscore.",
        "checkdmarc/mta_sts.py mx_in_mta_sts_patterns",
    ),
    at(54, "A policy may have any size.", "checkdmarc/mta_sts.py download_mta_sts_policy"),
    at(
        57,
        "A Content-Type other than `text/plain` is no more than a warning.",
        "checkdmarc/mta_sts.py download_mta_sts_policy",
    ),
];

const MAIL_AUTH: &[Difference] = &[
    at(3, "The first record that can be read counts.", "src/dns/txt.rs parse_records"),
    at(6, "The version may stand behind the `id`.", "src/mta_sts.rs MtaStsRecord::parse"),
    at(7, "Names and the version of the record count in either case.", "src/parse.rs TagParser"),
    at(8, "White space in the record is dropped, inside values, too.", "src/parse.rs TagParser"),
    at(9, "White space at the end of the record is dropped.", "src/parse.rs TagParser"),
    at(11, "Empty fields of the record are passed over.", "src/parse.rs TagParser"),
    at(12, "What stands in `id` is not looked at.", "src/mta_sts.rs MtaStsRecord::parse"),
    at(13, "An empty `id` is an id.", "src/mta_sts.rs MtaStsRecord::parse"),
    at(14, "The last `id` counts.", "src/mta_sts.rs MtaStsRecord::parse"),
    at(
        15,
        "Other fields of the record are not looked at; one without `=` swallows the name behind it.",
        "src/parse.rs TagParser::key",
    ),
];

const MAILRS_RECORD: &str = "src/record.rs StsRecord::parse";
const MAILRS_POLICY: &str = "src/policy.rs Policy::parse";

const MAILRS: &[Difference] = &[
    at(6, "The version may stand behind the `id`.", MAILRS_RECORD),
    at(7, "Names and the version of the record count in either case.", MAILRS_RECORD),
    at(8, "White space around `=` is dropped.", MAILRS_RECORD),
    at(9, "White space at the ends of the record is dropped.", MAILRS_RECORD),
    at(11, "Empty fields of the record are passed over, and those without `=`.", MAILRS_RECORD),
    at(12, "Of an `id`, the length alone is looked at.", MAILRS_RECORD),
    at(13, "An empty `id` is an id.", MAILRS_RECORD),
    at(14, "The last `id` counts.", MAILRS_RECORD),
    at(15, "Other fields of the record are not looked at.", MAILRS_RECORD),
    at(24, "Empty lines are passed over.", MAILRS_POLICY),
    at(27, "White space in front of a key is dropped.", MAILRS_POLICY),
    at(28, "White space between key and colon is dropped.", MAILRS_POLICY),
    at(30, "Keys count in either case.", MAILRS_POLICY),
    at(31, "`version` counts in either case.", MAILRS_POLICY),
    at(32, "`mode` counts in either case.", MAILRS_POLICY),
    at(
        37,
        "The last `version`, `mode` and `max_age` count, but a bad earlier one is refused.",
        MAILRS_POLICY,
    ),
    at(38, "Other fields are not looked at.", MAILRS_POLICY),
    at(40, "A line without a colon is passed over.", MAILRS_POLICY),
    at(41, "A line that begins with `#` is passed over.", MAILRS_POLICY),
    at(43, "What stands in `mx` is not looked at.", MAILRS_POLICY),
    at(44, "A `max_age` has no upper bound but that of 64 bits.", MAILRS_POLICY),
    at(46, "`max_age` may have a `+` in front, and more than 10 digits.", MAILRS_POLICY),
    at(47, "`mode: none` without `mx` is refused.", MAILRS_POLICY),
    at(48, "An empty `mx` is passed over.", MAILRS_POLICY),
    at(49, "Dots at the end of an `mx` do not count.", "src/enforce.rs mx_matches"),
    at(54, "A policy may have any size.", MAILRS_POLICY),
];
