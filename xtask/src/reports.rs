//! How fast TLS reports are summed up, and with how much memory: `mta-sts report` beside parsedmarc over the same files, and alone over
//! more of them; and the page, in a browser. The reports are made by [`generate`].

mod generate;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{Outcome, cargo, execute, read, root, shown, target, tests, tools, write};

/// How often each is run.
const ROUNDS: usize = 5;
/// How many files both read.
const BOTH: u32 = 10_000;
/// How many files we read alone.
const ALONE: [u32; 3] = [1_000, 10_000, 100_000];
/// The mailboxes: how many mails, and how long each of them is, in bytes.
const MAILBOXES: [(u32, usize); 3] = [(2_000, 25_000), (40_000, 25_000), (2_000, 500_000)];

/// Measures the command.
pub(crate) fn run() -> Outcome {
    execute(cargo().args(["build", "--release", "--package", "companion"]))?;
    let sources = root().join("tests").join("reports");
    let place = target().join("reports");
    let python = tools::python(&sources, &place.join("python"))?;
    let parsedmarc = python.with_file_name("parsedmarc");

    let made = made("files")?;
    for count in ALONE {
        generate::folder(&made.join(count.to_string()), count, false)?;
    }
    let configuration = made.join("parsedmarc.ini");
    let processors = thread::available_parallelism().map_or(1, usize::from);
    write(
        &configuration,
        &format!(
            "[general]\noffline = True\nsilent = False\nprettify_json = False\nn_procs = {processors}\n"
        ),
    )?;

    // As somebody calls it who stands beside the folder.
    let files = PathBuf::from(BOTH.to_string());
    let ours = |what: &Path, format: &str| {
        let mut command = Command::new(target().join("release").join("mta-sts"));
        command.arg("report").arg(what).args(["--format", format]).current_dir(&made);
        command
    };
    let theirs = || {
        let mut command = Command::new(&parsedmarc);
        command.arg("--config-file").arg(&configuration).arg(&files).current_dir(&made);
        command
    };
    println!("\n{BOTH} files, {ROUNDS} rounds, in turns; {processors} processes of parsedmarc");
    println!("{:<8} {:>14} {:>14} {:>8} {:>24}", "round", "mta-sts", "parsedmarc", "ratio", "CPU");
    let (our_answer, their_answer) = (made.join("ours.json"), made.join("theirs.json"));
    let (mut our_runs, mut their_runs) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let one = measured(&mut ours(&files, "json"), &our_answer)?;
        let other = measured(&mut theirs(), &their_answer)?;
        println!(
            "{round:<8} {:>12.3} s {:>12.3} s {:>8.1} {:>9.2} s {:>10.2} s",
            one.seconds,
            other.seconds,
            other.seconds / one.seconds,
            one.cpu,
            other.cpu
        );
        our_runs.push(one);
        their_runs.push(other);
    }
    let of = |runs: &[Run], what: fn(&Run) -> f64| median(runs.iter().map(what).collect());
    let sum = |runs: &[Run]| runs.iter().map(|run| run.cpu).sum::<f64>();
    let ratios = our_runs.iter().zip(&their_runs).map(|(one, other)| other.seconds / one.seconds);
    println!(
        "{:<8} {:>12.0}/s {:>12.0}/s {:>8.1} {:>24.1} times",
        "median",
        f64::from(BOTH) / of(&our_runs, |run| run.seconds),
        f64::from(BOTH) / of(&their_runs, |run| run.seconds),
        median(ratios.collect()),
        sum(&their_runs) / sum(&our_runs)
    );
    let memory = |runs: &[Run]| of(runs, |run| run.memory);
    println!("memory: {:.0} MiB, and {:.0} MiB of its first process", memory(&our_runs), memory(&their_runs));
    compare(&our_answer, &their_answer)?;

    println!("\n{:<34} {:>9} {:>9} {:>10} {:>9}", "mta-sts report", "MB", "seconds", "reports/s", "MiB");
    for count in ALONE {
        line(&format!("{count} files"), count, &made.join(count.to_string()), &ours)?;
    }
    for (count, length) in MAILBOXES {
        let path = made.join(format!("{count}-{length}.mbox"));
        generate::mbox(&path, count, length)?;
        line(&format!("an mbox of {count} mails of {} KB", length / 1000), count, &path, &ours)?;
        fs::remove_file(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// Measures the page.
pub(crate) fn in_browser() -> Outcome {
    let made = made("page")?;
    let [(count, length), ..] = MAILBOXES;
    generate::mbox(&made.join("reports.mbox"), count, length)?;
    generate::folder(&made.join("packed"), count, true)?;
    let mut script = tests::page_script(&tests::Browser::ready()?, "reports-speed.mjs")?;
    execute(script.arg(&made))
}

/// An empty folder for what is made.
fn made(name: &str) -> Outcome<PathBuf> {
    let made = target().join("reports").join(name);
    if made.exists() {
        fs::remove_dir_all(&made).map_err(|error| format!("{}: {error}", made.display()))?;
    }
    fs::create_dir_all(&made).map_err(|error| format!("{}: {error}", made.display()))?;
    Ok(made)
}

/// Prints what the command takes for something with so many reports in it.
fn line(name: &str, count: u32, path: &Path, ours: &dyn Fn(&Path, &str) -> Command) -> Outcome {
    let nowhere = path.with_extension("out");
    let mut runs = Vec::new();
    for _ in 0..ROUNDS {
        runs.push(measured(&mut ours(path, "text"), &nowhere)?);
    }
    let seconds = median(runs.iter().map(|run| run.seconds).collect());
    let memory = median(runs.iter().map(|run| run.memory).collect());
    let rate = f64::from(count) / seconds;
    println!("{name:<34} {:>9} {seconds:>9.3} {rate:>10.0} {memory:>9.1}", bytes_of(path)? / 1_000_000);
    Ok(())
}

/// What a file has in it, or the files of a folder, in bytes.
fn bytes_of(path: &Path) -> Outcome<u64> {
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    if !path.is_dir() {
        return Ok(fs::metadata(path).map_err(failed)?.len());
    }
    let mut sum = 0;
    for entry in fs::read_dir(path).map_err(failed)? {
        sum += entry.and_then(|entry| entry.metadata()).map_err(failed)?.len();
    }
    Ok(sum)
}

/// A command that has run.
struct Run {
    seconds: f64,
    /// Of processors, with those that it started.
    cpu: f64,
    /// Its resident memory at most, in MiB; of a command that starts others, its own.
    memory: f64,
}

/// Runs a command, what it prints going to a file and its complaints to another beside it.
fn measured(command: &mut Command, answer: &Path) -> Outcome<Run> {
    let failed = |error: std::io::Error| format!("{}: {error}", answer.display());
    command.stdout(File::create(answer).map_err(failed)?);
    command.stderr(File::create(complaints(answer)).map_err(failed)?);
    let shown = shown(command);
    let (begun, cpu) = (Instant::now(), cpu_of_children());
    let mut child = command.spawn().map_err(|error| format!("{shown}: {error}"))?;
    // The most there was so far, which is gone with the process: it is asked for as long as that is there.
    let (status, id) = (format!("/proc/{}/status", child.id()), child.id());
    let over = AtomicBool::new(false);
    let (ended, seconds, memory) = thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut most = 0.0;
            while !over.load(Ordering::Relaxed) {
                let text = fs::read_to_string(&status).unwrap_or_default();
                let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
                let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
                most = f64::max(most, kib.unwrap_or(0.0) / 1024.0);
                thread::sleep(Duration::from_millis(2));
            }
            most
        });
        let ended = child.wait();
        let seconds = begun.elapsed().as_secs_f64();
        over.store(true, Ordering::Relaxed);
        (ended, seconds, watch.join().unwrap_or(0.0))
    });
    let ended = ended.map_err(|error| format!("{shown}, process {id}: {error}"))?;
    // Ours ends with 1 where sessions failed.
    match ended.code() {
        Some(0 | 1) => Ok(Run { seconds, cpu: cpu_of_children() - cpu, memory }),
        _ => Err(format!("{shown}: {ended}: {}", read(&complaints(answer))?)),
    }
}

/// What of processors our children took that have ended, in seconds.
fn cpu_of_children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which may have spaces in it, the fourteenth and the one after that (proc_pid_stat(5)); in hundredths.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace().skip(13).take(2);
    fields.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn complaints(answer: &Path) -> PathBuf {
    answer.with_extension("err")
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// What a report comes to: sessions that succeeded, and that failed.
type Sessions = (u64, u64);
/// Reports by sender and by what it calls them.
type Told = BTreeMap<(String, String), Sessions>;

/// Holds what both read against each other, and what we read against what was made; prints what parsedmarc does not read.
fn compare(ours: &Path, theirs: &Path) -> Outcome {
    let json = |path: &Path| -> Outcome<Value> {
        serde_json::from_str(&read(path)?).map_err(|error| format!("{}: {error}", path.display()))
    };
    let (our_json, their_json) = (json(ours)?, json(theirs)?);
    let ours = told(&our_json["reports"], ["organization", "report_id", "successful", "failed"])?;
    let names = ["organization_name", "report_id", "successful_session_count", "failed_session_count"];
    let told_by_them = told(&their_json["smtp_tls_reports"], names)?;
    let sum = |all: &Told| all.values().fold((0, 0), |(good, bad), (g, b)| (good + g, bad + b));

    let both: Told = ours
        .iter()
        .filter(|(key, _)| told_by_them.contains_key(*key))
        .map(|(k, v)| (k.clone(), *v))
        .collect();
    println!("mta-sts reads {} reports: {:?} sessions succeeded and failed", ours.len(), sum(&ours));
    println!(
        "parsedmarc reads {}: {:?}; by mta-sts the same reports come to {:?}",
        told_by_them.len(),
        sum(&told_by_them),
        sum(&both)
    );
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for line in read(&complaints(theirs))?.lines() {
        if let Some((_, why)) = line.split_once("Failed to parse ") {
            *reasons.entry(why.split_once(" - ").map_or(why, |(_, why)| why).to_owned()).or_default() += 1;
        }
    }
    let refused: usize = reasons.values().sum();
    for (why, count) in &reasons {
        println!("parsedmarc refuses {count}: {why}");
    }
    let made = usize::try_from(BOTH).unwrap_or_default();
    let totals = (&our_json["totals"]["successful"], &our_json["totals"]["failed"]);
    let expected = generate::sessions(BOTH);
    if both != told_by_them {
        Err("the two read the same reports differently".into())
    } else if ours.len() != made || told_by_them.len() + refused != made {
        Err(format!(
            "of {made} reports some are missing: mta-sts has {}, parsedmarc {} and refuses {refused}",
            ours.len(),
            told_by_them.len()
        ))
    } else if sum(&ours) != expected
        || (totals.0.as_u64(), totals.1.as_u64()) != (Some(expected.0), Some(expected.1))
    {
        Err(format!(
            "made were {expected:?} sessions, and mta-sts reads {:?} and sums up {totals:?}",
            sum(&ours)
        ))
    } else {
        Ok(())
    }
}

/// The reports in a list, whose fields have these names.
fn told(reports: &Value, [organization, id, successful, failed]: [&str; 4]) -> Outcome<Told> {
    let mut told = Told::new();
    for report in reports.as_array().into_iter().flatten() {
        let text = |name: &str| report[name].as_str().unwrap_or_default().to_owned();
        let policies = || report["policies"].as_array().into_iter().flatten();
        let sum = |name: &str| policies().filter_map(|policy| policy[name].as_u64()).sum();
        if told.insert((text(organization), text(id)), (sum(successful), sum(failed))).is_some() {
            return Err(format!("a report is there twice: {report}"));
        }
    }
    Ok(told)
}
