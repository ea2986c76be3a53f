//! What the endpoint sustains: requests per second at 64 tokens in and 8 out, and the pace of 500
//! streams. The client is one thread, so that little of the machine goes to it.
//!
//! `cargo bench --bench serve [-- MODEL]`; without a model, a small one of 32 KiB per block, so that the
//! endpoint is measured and not the memory.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const SMALL: &str = r#"{"model_type": "llama", "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 4, "hidden_size": 256, "torch_dtype": "bfloat16"}"#;

/// Connections that make requests one after the other.
const CONNECTIONS: u64 = 32;

/// How long they do.
const DURATION: Duration = Duration::from_secs(5);

const STREAMS: u64 = 500;
const STREAM_TOKENS: usize = 100;

/// The inter-token latency of 500 streams, in milliseconds.
const ITL_MS: f64 = 25.0;

/// A server; it ends with this program.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(model: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kvbench"));
        command.args(["serve", "--port", "0", "--model", model, "--served-model-name", "model"]);
        command.args(arguments).stderr(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.spawn().expect("kvbench starts");
        let mut lines =
            BufReader::new(child.stderr.take().expect("it is piped")).lines().map_while(Result::ok);
        let address = lines.by_ref().find_map(|line| {
            println!("{line}");
            line.strip_prefix("listening on http://")?.split(';').next()?.parse().ok()
        });
        std::thread::spawn(move || lines.for_each(|line| println!("{line}")));
        Self { child, address: address.expect("it listens") }
    }

    /// Resident memory and processor time of the server and of its workers.
    fn usage(&self) -> [(&'static str, u64, f64); 2] {
        let own = self.child.id();
        let workers = std::fs::read_dir("/proc").expect("/proc is there").flatten();
        let pids = workers.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let workers: Vec<u32> = pids.filter(|pid| parent(*pid) == Some(own)).collect();
        let sum = |pids: &[u32]| {
            (pids.iter().map(|pid| rss_kib(*pid)).sum(), pids.iter().map(|pid| cpu_s(*pid)).sum())
        };
        let ((server_kib, server_s), (workers_kib, workers_s)) = (sum(&[own]), sum(&workers));
        [("server", server_kib, server_s), ("workers", workers_kib, workers_s)]
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = kill(Pid::from_raw(self.child.id() as i32), Signal::SIGTERM);
        let _ = self.child.wait();
    }
}

fn field(pid: u32, file: &str, key: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/{file}")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse().ok()
}

fn parent(pid: u32) -> Option<u32> {
    field(pid, "status", "PPid:").map(|pid| pid as u32)
}

fn rss_kib(pid: u32) -> u64 {
    field(pid, "status", "VmRSS:").unwrap_or(0)
}

/// Seconds of user and system time; clock ticks are hundredths on Linux.
fn cpu_s(pid: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let rest = text.rsplit(") ").next().unwrap_or_default();
    let ticks = rest.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok());
    ticks.sum::<u64>() as f64 / 100.0
}

fn request(number: u64, prompt_bytes: usize, tokens: usize) -> String {
    let prompt = format!("{number:016}").repeat(prompt_bytes / 16);
    let body =
        format!(r#"{{"model":"model","prompt":"{prompt}","max_tokens":{tokens},"stream":true}}"#);
    format!(
        "POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Reads an answer to its end, telling the time of each token.
async fn answer(
    stream: &mut tokio::io::BufReader<TcpStream>,
    mut token: impl FnMut(Instant),
) -> std::io::Result<()> {
    let mut line = String::new();
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        if line.starts_with("data: {") {
            token(Instant::now());
        } else if line == "0\r\n" {
            stream.read_line(&mut line).await?;
            return Ok(());
        } else if line.is_empty() || line.starts_with("event: error") {
            let mut rest = vec![0; 1000];
            let read = stream.read(&mut rest).await?;
            let rest = String::from_utf8_lossy(&rest[..read]).into_owned();
            return Err(std::io::Error::other(format!("{line}{rest}")));
        }
    }
}

async fn connect(address: SocketAddr) -> std::io::Result<tokio::io::BufReader<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(tokio::io::BufReader::new(stream))
}

/// Requests one after the other, each with a prompt of its own; how many.
async fn requests(address: SocketAddr, connection: u64, until: Instant) -> std::io::Result<u64> {
    let mut stream = connect(address).await?;
    let mut count = 0;
    while Instant::now() < until {
        let text = request(connection << 32 | count, 256, 8);
        stream.get_mut().write_all(text.as_bytes()).await?;
        let mut tokens = 0;
        answer(&mut stream, |_| tokens += 1).await?;
        assert_eq!(tokens, 8);
        count += 1;
    }
    Ok(count)
}

/// One stream; when its tokens came.
async fn stream(address: SocketAddr, number: u64) -> std::io::Result<Vec<Instant>> {
    let mut stream = connect(address).await?;
    let text = request(number, 256, STREAM_TOKENS);
    stream.get_mut().write_all(text.as_bytes()).await?;
    let mut times = Vec::with_capacity(STREAM_TOKENS);
    answer(&mut stream, |at| times.push(at)).await?;
    Ok(times)
}

async fn throughput(server: &Server) {
    let (begun, before) = (Instant::now(), server.usage());
    let until = begun + DURATION;
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|number| tokio::spawn(requests(server.address, number, until)))
        .collect();
    let mut count = 0;
    for task in tasks {
        count += task.await.expect("it ends").expect("every request is answered");
    }
    let elapsed_s = begun.elapsed().as_secs_f64();
    println!("{:.0} requests/s at 64 tokens in, 8 out", count as f64 / elapsed_s);
    for ((who, kib, cpu_s), (_, _, before_s)) in server.usage().into_iter().zip(before) {
        let share = 100.0 * (cpu_s - before_s) / elapsed_s;
        println!("  {who}: {share:.0} % of a processor, {} MiB", kib >> 10);
    }
}

async fn pace(server: &Server) {
    let tasks: Vec<_> =
        (0..STREAMS).map(|number| tokio::spawn(stream(server.address, number))).collect();
    let mut off_ms = Vec::new();
    let mut usage = None;
    for task in tasks {
        let times = task.await.expect("it ends").expect("every request is answered");
        usage.get_or_insert_with(|| server.usage());
        // All streams are there by the middle, and none has ended.
        let middle = times.windows(2).skip(STREAM_TOKENS / 2).take(STREAM_TOKENS / 4);
        off_ms.extend(middle.map(|pair| (1e3 * (pair[1] - pair[0]).as_secs_f64() - ITL_MS).abs()));
    }
    off_ms.sort_by(f64::total_cmp);
    let at = |share: f64| off_ms[(share * (off_ms.len() - 1) as f64) as usize];
    println!(
        "{STREAMS} streams, a token each per {ITL_MS} ms: off by {:.2} ms (p50), {:.2} ms (p90), {:.2} \
         ms (p99)",
        at(0.5),
        at(0.9),
        at(0.99)
    );
    for (who, kib, _) in usage.into_iter().flatten() {
        println!("  {who}: {} MiB", kib >> 10);
    }
}

fn main() {
    let folder = tempfile::tempdir().expect("there is room");
    let small = folder.path().join("config.json");
    std::fs::write(&small, SMALL).expect("there is room");
    let given = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let model = given.unwrap_or_else(|| small.display().to_string());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("there is a runtime");
    runtime.block_on(throughput(&Server::start(&model, &["--compute", "instant"])));
    let itl = ITL_MS.to_string();
    let paced = ["--compute", "instant", "--itl", &itl, "--max-batch", "500", "--blocks", "6000"];
    // A large model's blocks for 500 streams need more memory than most machines have.
    if model == small.display().to_string() {
        runtime.block_on(pace(&Server::start(&model, &paced)));
    }
}
