//! The listening socket and its connections.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, oneshot};

use super::App;
use crate::error::{Error, Result};
use crate::serving::{Router, Summary};

/// Connections at the same time; more wait to be accepted.
const MAX_CONNECTIONS: usize = 4096;

/// How long the head of a request may take, also the first after a pause of the client.
const HEAD_TIME_LIMIT: Duration = Duration::from_secs(60);

/// How long connections may take to end when the server stops.
const FAREWELL: Duration = Duration::from_secs(2);

/// How long nothing is accepted after the system refused a connection: too many files are open.
const RECOVERY: Duration = Duration::from_millis(50);

/// Binds an address; port 0 is any free port.
///
/// # Errors
/// The address is not this machine's, or taken.
pub fn bind(host: &str, port: u16) -> Result<(TcpListener, SocketAddr)> {
    let refused = |source: std::io::Error| Error::Environment {
        what: format!("failed to listen on {host}:{port}"),
        why: source.to_string(),
        remedy: "give another --port, or a --host that is an address of this machine".to_owned(),
    };
    let listener = TcpListener::bind((host, port)).map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    listener.set_nonblocking(true).map_err(refused)?;
    Ok((listener, address))
}

/// Serves until it is interrupted (`SIGINT`, `SIGTERM`) or the router stops; then ends all requests
/// and all workers.
///
/// # Errors
/// The router stopped by itself, or the system refused.
pub fn serve(listener: TcpListener, app: App, mut router: Router) -> Result<Summary> {
    // One thread serves streams in the order in which their tokens come, the same at every step; with
    // several, a stream's token would be early one time and late the next.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(Error::system("start the threads of the server"))?;
    let ended = router.ended();
    let connections = GracefulShutdown::new();
    let served = runtime.block_on(accept_all(listener, app, ended, &connections));
    let summary = router.stop();
    // Clients hear of the end while their connections still stand.
    let farewell = async { tokio::time::timeout(FAREWELL, connections.shutdown()).await };
    let _ = runtime.block_on(farewell);
    runtime.shutdown_background();
    served.map_err(Error::system("serve"))?;
    summary
}

async fn accept_all(
    listener: TcpListener,
    app: App,
    mut ended: oneshot::Receiver<()>,
    connections: &GracefulShutdown,
) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let routes = app.routes();
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let accepted = async {
            let permit = Arc::clone(&room).acquire_owned().await;
            (listener.accept().await, permit)
        };
        tokio::select! {
            (connection, permit) = accepted => match connection {
                Ok((stream, _)) => {
                    let serving = serve_one(stream, routes.clone(), connections.watcher());
                    tokio::spawn(async move {
                        serving.await;
                        drop(permit);
                    });
                }
                Err(_) => tokio::time::sleep(RECOVERY).await,
            },
            _ = interrupt.recv() => return Ok(()),
            _ = terminate.recv() => return Ok(()),
            _ = &mut ended => return Ok(()),
        }
    }
}

async fn serve_one(stream: TcpStream, routes: axum::Router, watcher: Watcher) {
    // Tokens go out one by one; where the system cannot, they only go out later.
    let _ = stream.set_nodelay(true);
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME_LIMIT);
    let service = TowerToHyperService::new(routes);
    // A client that breaks off, or speaks no HTTP, is no failure of the server.
    let _ = watcher.watch(builder.serve_connection(TokioIo::new(stream), service)).await;
}
