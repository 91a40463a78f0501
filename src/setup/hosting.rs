//! The files that web hosts take, each set ready to deploy. Every one serves the policy and nothing else at
//! `https://mta-sts.<domain>/.well-known/mta-sts.txt`: as `text/plain`, without a redirect, readable from any page; and what
//! is not there is an error.

use serde::Serialize;

use super::{File, Form, SetUp};
use crate::command;
use crate::name::Domain;

/// Where the policy is served from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hosting {
    /// Azure Static Web Apps, which Microsoft recommends.
    AzureStaticWebApps,
    /// Azure Functions.
    AzureFunctions,
    /// GitHub Pages.
    GithubPages,
    /// Netlify.
    Netlify,
    /// Vercel.
    Vercel,
    /// Cloudflare Pages.
    CloudflarePages,
    /// Cloudflare Workers, with the policy as a static file.
    CloudflareWorkers,
    /// Amazon S3 behind CloudFront.
    S3Cloudfront,
    /// nginx.
    Nginx,
    /// Apache httpd.
    Apache,
    /// Caddy.
    Caddy,
}

/// What a host takes.
struct Recipe {
    key: &'static str,
    name: &'static str,
    /// Where the policy goes.
    policy: &'static str,
    /// The other files, with `{{…}}` for what differs.
    files: &'static [(&'static str, &'static str)],
    /// What is to be done, step by step.
    steps: &'static str,
}

macro_rules! template {
    ($path:literal) => {
        include_str!(concat!("hosting/", $path))
    };
}

const INDEX: &str = template!("index.html");
const NOT_FOUND: &str = template!("404.html");
const HEADERS: &str = template!("cloudflare-pages/_headers");

impl Hosting {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::AzureStaticWebApps,
        Self::AzureFunctions,
        Self::GithubPages,
        Self::Netlify,
        Self::Vercel,
        Self::CloudflarePages,
        Self::CloudflareWorkers,
        Self::S3Cloudfront,
        Self::Nginx,
        Self::Apache,
        Self::Caddy,
    ];

    const fn recipe(self) -> Recipe {
        match self {
            Self::AzureStaticWebApps => Recipe {
                key: "azure-static-web-apps",
                name: "Azure Static Web Apps",
                policy: "home/.well-known/mta-sts.txt",
                files: &[
                    ("home/index.html", INDEX),
                    (
                        "home/staticwebapp.config.json",
                        template!("azure-static-web-apps/staticwebapp.config.json"),
                    ),
                    ("azure-pipelines.yml", template!("azure-static-web-apps/azure-pipelines.yml")),
                    (
                        ".github/workflows/azure-static-web-apps.yml",
                        template!("azure-static-web-apps/workflow.yml"),
                    ),
                ],
                steps: template!("azure-static-web-apps/README.md"),
            },
            Self::AzureFunctions => Recipe {
                key: "azure-functions",
                name: "Azure Functions",
                policy: "mta-sts/mta-sts.txt",
                files: &[
                    ("host.json", template!("azure-functions/host.json")),
                    ("mta-sts/function.json", template!("azure-functions/function.json")),
                    ("mta-sts/index.js", template!("azure-functions/index.js")),
                ],
                steps: template!("azure-functions/README.md"),
            },
            Self::GithubPages => Recipe {
                key: "github-pages",
                name: "GitHub Pages",
                policy: ".well-known/mta-sts.txt",
                files: &[
                    ("index.html", INDEX),
                    ("CNAME", "{{host}}\n"),
                    (".nojekyll", ""),
                    (".github/workflows/pages.yml", template!("github-pages/workflow.yml")),
                ],
                steps: template!("github-pages/README.md"),
            },
            Self::Netlify => Recipe {
                key: "netlify",
                name: "Netlify",
                policy: "public/.well-known/mta-sts.txt",
                files: &[
                    ("netlify.toml", template!("netlify/netlify.toml")),
                    ("public/index.html", INDEX),
                    ("public/_headers", HEADERS),
                ],
                steps: template!("netlify/README.md"),
            },
            Self::Vercel => Recipe {
                key: "vercel",
                name: "Vercel",
                policy: "public/.well-known/mta-sts.txt",
                files: &[("vercel.json", template!("vercel/vercel.json")), ("public/index.html", INDEX)],
                steps: template!("vercel/README.md"),
            },
            Self::CloudflarePages => Recipe {
                key: "cloudflare-pages",
                name: "Cloudflare Pages",
                policy: ".well-known/mta-sts.txt",
                files: &[("_headers", HEADERS), ("404.html", NOT_FOUND), ("index.html", INDEX)],
                steps: template!("cloudflare-pages/README.md"),
            },
            Self::CloudflareWorkers => Recipe {
                key: "cloudflare-workers",
                name: "Cloudflare Workers",
                policy: "public/.well-known/mta-sts.txt",
                files: &[
                    ("wrangler.jsonc", template!("cloudflare-workers/wrangler.jsonc")),
                    ("public/_headers", HEADERS),
                    ("public/404.html", NOT_FOUND),
                ],
                steps: template!("cloudflare-workers/README.md"),
            },
            Self::S3Cloudfront => Recipe {
                key: "s3-cloudfront",
                name: "Amazon S3 with CloudFront",
                policy: "mta-sts.txt",
                files: &[
                    ("template.yaml", template!("s3-cloudfront/template.yaml")),
                    ("deploy.sh", template!("s3-cloudfront/deploy.sh")),
                ],
                steps: template!("s3-cloudfront/README.md"),
            },
            Self::Nginx => Recipe {
                key: "nginx",
                name: "nginx",
                policy: "mta-sts.txt",
                files: &[("{{host}}.conf", template!("nginx/site.conf"))],
                steps: template!("nginx/README.md"),
            },
            Self::Apache => Recipe {
                key: "apache",
                name: "Apache",
                policy: "mta-sts.txt",
                files: &[("{{host}}.conf", template!("apache/site.conf"))],
                steps: template!("apache/README.md"),
            },
            Self::Caddy => Recipe {
                key: "caddy",
                name: "Caddy",
                policy: "mta-sts.txt",
                files: &[("Caddyfile", template!("caddy/Caddyfile"))],
                steps: template!("caddy/README.md"),
            },
        }
    }

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.recipe().name
    }

    /// The word for it in commands, and the name of its folder.
    #[must_use]
    pub const fn key(self) -> &'static str {
        self.recipe().key
    }

    /// Its files, with a README that says what to click and what to check after.
    #[must_use]
    pub fn files(self, setup: &SetUp) -> Vec<File> {
        let recipe = self.recipe();
        let domain = &setup.domain;
        let readme = format!(
            "# The MTA-STS policy of {domain} on {}\n\n{}\n{}",
            recipe.name,
            filled(recipe.steps, domain),
            after(setup)
        );
        let mut files = vec![
            File { path: "README.md".to_owned(), text: readme },
            File { path: recipe.policy.to_owned(), text: setup.policy.clone() },
        ];
        let others = recipe.files.iter();
        files.extend(
            others.map(|(path, text)| File { path: filled(path, domain), text: filled(text, domain) }),
        );
        files
    }
}

/// A template with the names of a domain.
fn filled(template: &str, domain: &Domain) -> String {
    // Names of workers and projects have no dots, and 63 characters at most.
    let worker: String = domain.policy_host().replace('.', "-").chars().take(54).collect();
    template
        .replace("{{domain}}", domain.as_str())
        .replace("{{host}}", &domain.policy_host())
        .replace("{{worker}}", worker.trim_end_matches('-'))
        .replace("{{long_name}}", &long_name(&domain.policy_host()))
}

/// What nginx needs for a long name: it looks names up in a table whose rows take 46 characters where nothing is set, and does
/// not start with a longer one.
fn long_name(host: &str) -> String {
    // Two pointers, and the name with two octets beside it, rounded up to whole pointers.
    let row = 16 + (host.len() + 2).next_multiple_of(8);
    if row <= 64 {
        return String::new();
    }
    format!(
        "# For the length of the name. It can be set once: where it is already, it has to be {size} at least, and this line goes.\nserver_names_hash_bucket_size {size};\n",
        size = row.next_power_of_two()
    )
}

/// What comes when the policy is served: see that it is, publish the records, check.
fn after(setup: &SetUp) -> String {
    let domain = &setup.domain;
    let url = domain.policy_url();
    format!(
        "## Then\n\n\
        1. See that the policy is there: `curl -i {url}` answers with 200, `Content-Type: text/plain`, and the policy. A redirect counts as none.\n\
        2. Publish the records. They come after the policy, as senders look for it when they see them. Each takes the place of whatever record of its \
        kind is there: two count as none.\n\n\
        {records}\n\
        3. Check: `{check}`, or the view Check of the page.\n\n\
        ## When the policy changes\n\n\
        Change the policy first. When the new one is served, change the `id` in `{name}`: by that senders see that there is something new.\n\
        A plan has the steps and their dates: `mta-sts plan {domain} --to enforce`, or the view Set up of the page.\n",
        records = indented(&setup.records_as(Form::Plain)),
        check = command::check(domain),
        name = domain.record_name(),
    )
}

fn indented(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| if line.is_empty() { String::from("\n") } else { format!("       {line}\n") });
    lines.collect()
}

/// The README of the whole: what is here, in which order it is used, and why every value is what it is.
pub(super) fn overview(setup: &SetUp, hostings: &[Hosting]) -> String {
    let domain = &setup.domain;
    let instead = setup.notes.iter().filter(|note| note.instead);
    let instead: String = instead.map(|note| format!("**{}:** {}\n\n", note.about, note.text)).collect();
    let mut text =
        format!("# MTA-STS for {domain}\n\n{instead}1. Serve `mta-sts.txt` at {}", domain.policy_url());
    match hostings {
        [] => text.push_str(", as `text/plain` and without a redirect.\n"),
        [one] => {
            let key = one.key();
            text.push_str(&format!(
                ": the folder `{key}` is ready for {}; `{key}/README.md` goes on from here.\n",
                one.name()
            ));
        }
        more => {
            let folders: Vec<String> = more.iter().map(|one| format!("`{}`", one.key())).collect();
            text.push_str(&format!(
                ": take one of the folders {}, and go on with the README in it.\n",
                folders.join(", ")
            ));
        }
    }
    text.push_str(&format!(
        "2. When it is served, publish the records. `records` has them in the forms of several DNS services; one of them is enough.\n3. Check: `{}`.\n",
        command::check(domain)
    ));
    text.push_str("\n## Why these values\n\n");
    for reason in &setup.reasons {
        text.push_str(&format!("- `{}`: {}\n", reason.value, reason.why));
    }
    if !setup.notes.is_empty() {
        text.push_str("\n## The mail hosts\n\n");
    }
    for note in &setup.notes {
        text.push_str(&format!("- {} ({}).", note.about, note.hosts.join(", ")));
        if !note.text.is_empty() {
            text.push_str(&format!(" {}", note.text));
        }
        if let Some(source) = note.source {
            text.push_str(&format!(" Source: {source}"));
        }
        text.push('\n');
    }
    text
}
