//! The zoo's resolver: it knows the zoo's names, chases aliases as a resolver does, and fails where
//! an exhibit asks for it. Messages are built by the `domain` crate, so that the engine's own codec
//! meets octets it did not write.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use domain::base::iana::{Class, Rcode, Rtype, TlsaCertificateUsage, TlsaMatchingType, TlsaSelector};
use domain::base::message_builder::{AnswerBuilder, PushError};
use domain::base::{Message, MessageBuilder, Name, StaticCompressor, ToName, Ttl};
use domain::rdata::rfc1035::TxtBuilder;
use domain::rdata::{A, Aaaa, Cname, Mx, Tlsa};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio_rustls::TlsAcceptor;

use crate::net::each_connection;

/// The TXT records at an owner name. In texts, `{d}` stands for the domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Txt {
    /// None.
    Nothing,
    /// Records, each of one or more strings.
    Texts(&'static [&'static [&'static str]]),
    /// None here, and that record at that name.
    Elsewhere(&'static str, &'static str),
    /// An alias to that name, which has that record.
    Alias(&'static str, &'static str),
    /// An alias by way of that many others, and that record.
    Chain(usize, &'static str),
    /// An alias for an alias for itself.
    Circle,
    /// An answer that is cut off, over UDP and TCP alike.
    CutOff,
    /// SERVFAIL, whatever is asked.
    ServFail,
    /// SERVFAIL, and that record with checking disabled: DNSSEC validation fails.
    Bogus(&'static str),
    /// That record, with an extension that makes the answer too large for UDP.
    Large(&'static str),
}

/// The MX records of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MxSet {
    /// The domain does not exist.
    NoDomain,
    /// None.
    Nothing,
    /// Preference and host, under the domain unless it ends with a dot.
    Hosts(Vec<(u16, &'static str)>),
    /// SERVFAIL, whatever is asked.
    ServFail,
}

/// `name` under `domain`; a name that ends with a dot stands for itself, an empty one for the domain.
pub(crate) fn full_name(name: &str, domain: &str) -> String {
    match name {
        "" => domain.to_owned(),
        "." => ".".to_owned(),
        absolute if absolute.ends_with('.') => absolute.trim_end_matches('.').to_owned(),
        relative => format!("{relative}.{domain}"),
    }
}

#[derive(Default)]
struct Node {
    addresses: Vec<IpAddr>,
    mx: Vec<(u16, String)>,
    txt: Vec<Vec<Vec<u8>>>,
    alias: Option<String>,
    tlsa: Vec<(u8, u8, u8, Vec<u8>)>,
    faults: Vec<(Rtype, Fault)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    ServFail,
    Bogus,
    CutOff,
}

/// How a query came, which limits what fits into the answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Udp,
    Stream,
}

/// All names of the zoo, in lower case.
#[derive(Default)]
pub(crate) struct Zone {
    nodes: HashMap<String, Node>,
    /// The domains whose names are signed, and the names among them that are not.
    signed: HashMap<String, Vec<String>>,
}

impl Zone {
    fn node(&mut self, name: &str) -> &mut Node {
        self.nodes.entry(name.to_owned()).or_default()
    }

    pub(crate) fn add_name(&mut self, name: &str) {
        self.node(name);
    }

    /// Signs the names of a domain, but for these.
    pub(crate) fn sign(&mut self, domain: &str, but_for: &[String]) {
        self.signed.insert(domain.to_owned(), but_for.to_vec());
    }

    fn is_signed(&self, name: &str) -> bool {
        let under = |domain: &str| {
            name == domain || name.strip_suffix(domain).is_some_and(|front| front.ends_with('.'))
        };
        let zone = self.signed.iter().find(|(domain, _)| under(domain));
        zone.is_some_and(|(_, but_for)| !but_for.iter().any(|unsigned| unsigned == name))
    }

    pub(crate) fn add_tlsa(&mut self, host: &str, tlsa: (u8, u8, u8, Vec<u8>)) {
        self.node(&format!("_25._tcp.{host}")).tlsa.push(tlsa);
    }

    /// Lets the validation of a host's TLSA records fail.
    pub(crate) fn break_tlsa(&mut self, host: &str) {
        self.node(&format!("_25._tcp.{host}")).faults.push((Rtype::TLSA, Fault::Bogus));
    }

    pub(crate) fn add_address(&mut self, name: &str, address: IpAddr) {
        self.node(name).addresses.push(address);
    }

    pub(crate) fn add_alias(&mut self, name: &str, target: &str) {
        self.node(name).alias = Some(target.to_owned());
    }

    pub(crate) fn add_txt(&mut self, name: &str, txt: &Txt, domain: &str) {
        let fill = |text: &str| text.replace("{d}", domain).into_bytes();
        match *txt {
            Txt::Nothing => {}
            Txt::Texts(records) => {
                for strings in records {
                    let strings = strings.iter().map(|text| fill(text)).collect();
                    self.node(name).txt.push(strings);
                }
            }
            Txt::Elsewhere(other, text) => {
                self.node(&full_name(other, domain)).txt.push(vec![fill(text)]);
            }
            Txt::Alias(target, text) => {
                let target = full_name(target, domain);
                self.add_alias(name, &target);
                self.node(&target).txt.push(vec![fill(text)]);
            }
            Txt::Chain(length, text) => {
                let link = |at: usize| if at == 0 { name.to_owned() } else { format!("alias{at}.{domain}") };
                for at in 0..length {
                    self.add_alias(&link(at), &link(at + 1));
                }
                self.node(&link(length)).txt.push(vec![fill(text)]);
            }
            Txt::Circle => {
                let other = format!("circle.{domain}");
                self.add_alias(name, &other);
                self.add_alias(&other, name);
            }
            Txt::CutOff => self.node(name).faults.push((Rtype::TXT, Fault::CutOff)),
            Txt::ServFail => self.node(name).faults.push((Rtype::TXT, Fault::ServFail)),
            Txt::Bogus(text) => {
                self.node(name).txt.push(vec![fill(text)]);
                self.node(name).faults.push((Rtype::TXT, Fault::Bogus));
            }
            Txt::Large(text) => {
                let mut strings = vec![fill(text)];
                strings.push(b"; note=".to_vec());
                strings.extend((0..8).map(|_| vec![b'x'; 250]));
                self.node(name).txt.push(strings);
            }
        }
    }

    pub(crate) fn add_mx(&mut self, name: &str, mx: &MxSet, domain: &str) {
        match mx {
            MxSet::NoDomain => {}
            MxSet::Nothing => self.add_name(name),
            MxSet::ServFail => self.node(name).faults.push((Rtype::MX, Fault::ServFail)),
            MxSet::Hosts(hosts) => {
                let hosts = hosts.iter().map(|(preference, host)| (*preference, full_name(host, domain)));
                self.node(name).mx = hosts.collect();
            }
        }
    }

    /// The address of a name that has one already.
    pub(crate) fn address(&self, name: &str) -> Option<IpAddr> {
        self.nodes.get(name)?.addresses.first().copied()
    }

    pub(crate) fn fail_address_lookup(&mut self, name: &str) {
        self.node(name).faults.extend([(Rtype::A, Fault::ServFail), (Rtype::AAAA, Fault::ServFail)]);
    }

    /// Whether `host`, or what it is an alias for, has that address.
    pub(crate) fn has(&self, host: &str, address: IpAddr) -> bool {
        let target = self.nodes.get(host).and_then(|node| node.alias.as_deref()).unwrap_or(host);
        self.nodes.get(target).is_some_and(|node| node.addresses.contains(&address))
    }

    /// The answer to a query; nothing where it cannot be read as one.
    pub(crate) fn answer(&self, query: &[u8], transport: Transport) -> Option<Vec<u8>> {
        let query = Message::from_octets(query).ok()?;
        let question = query.sole_question().ok()?;
        let name: Name<Vec<u8>> = question.qname().to_name();
        let mut at = name.to_string().to_ascii_lowercase();
        let mut chain = Vec::new();
        while let Some(target) = self.nodes.get(&at).and_then(|node| node.alias.clone()) {
            if chain.iter().any(|(alias, _)| *alias == at) {
                break;
            }
            chain.push((at, target.clone()));
            at = target;
        }
        let node = self.nodes.get(&at);
        let faults = node.map(|node| node.faults.as_slice()).unwrap_or_default();
        let fault = faults.iter().find(|(rtype, _)| *rtype == question.qtype()).map(|(_, fault)| *fault);
        let rcode = match (fault, node) {
            (Some(Fault::ServFail), _) => Rcode::SERVFAIL,
            (Some(Fault::Bogus), _) if !query.header().cd() => Rcode::SERVFAIL,
            (_, None) if !self.is_above(&at) => Rcode::NXDOMAIN,
            _ => Rcode::NOERROR,
        };

        let target = StaticCompressor::new(Vec::new());
        let mut answer = MessageBuilder::from_target(target).ok()?.start_answer(&query, rcode).ok()?;
        answer.header_mut().set_ra(true);
        answer.header_mut().set_cd(query.header().cd());
        // A resolver that validates says so where it did, and only to who asks (RFC 6840 §5.8).
        let names = || chain.iter().map(|(alias, _)| alias.as_str()).chain([at.as_str()]);
        let asked = query.header().ad() || query.opt().is_some_and(|opt| opt.dnssec_ok());
        let answered = matches!(rcode, Rcode::NOERROR | Rcode::NXDOMAIN) && !query.header().cd();
        answer.header_mut().set_ad(asked && answered && names().all(|name| self.is_signed(name)));
        if rcode == Rcode::NOERROR || rcode == Rcode::NXDOMAIN {
            fill(&mut answer, &chain, &at, node, question.qtype()).ok()?;
        }
        let limit = query.opt().map_or(512, |opt| usize::from(opt.udp_payload_size()));
        // The OPT record still has to fit behind it.
        let too_large = transport == Transport::Udp && answer.as_slice().len() + 11 > limit;
        if too_large || fault == Some(Fault::CutOff) {
            answer = answer.tc_rewind_into();
        }
        let mut additional = answer.additional();
        if query.opt().is_some() {
            let edns = additional.opt(|opt| {
                opt.set_udp_payload_size(1232);
                opt.set_dnssec_ok(true);
                Ok(())
            });
            edns.ok()?;
        }
        Some(additional.finish().into_target())
    }

    /// Whether a name of the zoo stands under `name`, so that it exists without records.
    fn is_above(&self, name: &str) -> bool {
        let suffix = format!(".{name}");
        self.nodes.keys().any(|known| known.ends_with(&suffix))
    }
}

type Answer = AnswerBuilder<StaticCompressor<Vec<u8>>>;

fn fill(
    answer: &mut Answer,
    chain: &[(String, String)],
    at: &str,
    node: Option<&Node>,
    asked: Rtype,
) -> Result<(), PushError> {
    let named = |name: &str| Name::<Vec<u8>>::from_str(name).expect("the zoo's names are well formed");
    let ttl = Ttl::from_secs(60);
    for (alias, target) in chain {
        answer.push((named(alias), Class::IN, ttl, Cname::new(named(target))))?;
    }
    let Some(node) = node else { return Ok(()) };
    let owner = named(at);
    for address in &node.addresses {
        match address {
            IpAddr::V4(address) if asked == Rtype::A => {
                answer.push((&owner, Class::IN, ttl, A::new(*address)))?;
            }
            IpAddr::V6(address) if asked == Rtype::AAAA => {
                answer.push((&owner, Class::IN, ttl, Aaaa::new(*address)))?;
            }
            _ => {}
        }
    }
    for (preference, host) in node.mx.iter().filter(|_| asked == Rtype::MX) {
        answer.push((&owner, Class::IN, ttl, Mx::new(*preference, named(host))))?;
    }
    for (usage, selector, matching, data) in node.tlsa.iter().filter(|_| asked == Rtype::TLSA) {
        let tlsa = Tlsa::new(
            TlsaCertificateUsage::from(*usage),
            TlsaSelector::from(*selector),
            TlsaMatchingType::from(*matching),
            data.clone(),
        );
        answer.push((&owner, Class::IN, ttl, tlsa))?;
    }
    for strings in node.txt.iter().filter(|_| asked == Rtype::TXT) {
        let mut txt = TxtBuilder::<Vec<u8>>::new();
        for string in strings {
            let string = domain::base::CharStr::from_slice(string).expect("a string of at most 255 octets");
            txt.append_charstr(string).expect("room for the record");
        }
        let txt = txt.finish().expect("room for the record");
        answer.push((&owner, Class::IN, ttl, txt))?;
    }
    Ok(())
}

pub(crate) async fn serve_udp(socket: UdpSocket, zone: Arc<Zone>) {
    let mut query = [0; 4096];
    while let Ok((length, from)) = socket.recv_from(&mut query).await {
        if let Some(answer) = zone.answer(&query[..length], Transport::Udp) {
            // A client that has gone is no matter of ours.
            socket.send_to(&answer, from).await.ok();
        }
    }
}

pub(crate) async fn serve_tcp(listener: TcpListener, zone: Arc<Zone>) {
    each_connection(listener, |mut stream| {
        let zone = Arc::clone(&zone);
        async move {
            loop {
                let length = usize::from(stream.read_u16().await?);
                let mut query = vec![0; length];
                stream.read_exact(&mut query).await?;
                let answer = zone.answer(&query, Transport::Stream).unwrap_or_default();
                stream.write_u16(u16::try_from(answer.len()).map_err(io::Error::other)?).await?;
                stream.write_all(&answer).await?;
            }
        }
    })
    .await;
}

/// DNS over HTTPS (RFC 8484), GET and POST.
pub(crate) async fn serve_doh(listener: TcpListener, acceptor: TlsAcceptor, zone: Arc<Zone>) {
    each_connection(listener, |stream| {
        let (acceptor, zone) = (acceptor.clone(), Arc::clone(&zone));
        async move {
            let stream = TokioIo::new(acceptor.accept(stream).await?);
            let service = service_fn(move |request| respond(request, Arc::clone(&zone)));
            let server = auto::Builder::new(TokioExecutor::new());
            server.serve_connection(stream, service).await.map_err(io::Error::other)
        }
    })
    .await;
}

async fn respond(request: Request<Incoming>, zone: Arc<Zone>) -> Result<Response<Full<Bytes>>, Infallible> {
    let query = match *request.method() {
        Method::GET => request.uri().query().and_then(|query| {
            let encoded = query.split('&').find_map(|pair| pair.strip_prefix("dns="))?;
            BASE64_URL_SAFE_NO_PAD.decode(encoded).ok()
        }),
        _ => {
            Limited::new(request.into_body(), 4096).collect().await.ok().map(|body| body.to_bytes().to_vec())
        }
    };
    let answer = query.and_then(|query| zone.answer(&query, Transport::Stream));
    let mut response = Response::new(Full::new(answer.clone().unwrap_or_default().into()));
    if answer.is_none() {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    let media_type = hyper::header::HeaderValue::from_static("application/dns-message");
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, media_type);
    Ok(response)
}
