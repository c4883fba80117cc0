//! The receiver's thread: accepts connections, and drops them.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;

use super::ledger::Ledger;
use super::protocols;

/// What a test asks of the thread; each is answered when it is done.
pub(super) enum Command {
    Kill(mpsc::Sender<()>),
    Restart(mpsc::Sender<()>),
}

/// The connection that a request came on.
#[derive(Clone, Default)]
pub(super) struct Connection(Arc<Notify>);

impl Connection {
    /// Drops the connection, and with it whoever waits here.
    pub(super) async fn hang_up<T>(&self) -> T {
        self.0.notify_one();
        std::future::pending().await
    }
}

/// The door: open or shut. The port is the receiver's either way.
enum Door {
    Open(TcpListener),
    Shut,
}

/// The thread's whole life: until the test drops the commands' sender.
pub(super) fn run(
    address: SocketAddr,
    ledger: Arc<Ledger>,
    commands: UnboundedReceiver<Command>,
    started: &mpsc::Sender<SocketAddr>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        // Bound and never listening: while the door is shut, or between two doors, nobody else takes the port.
        let keeper = bind(address);
        let address = keeper.local_addr().unwrap();
        let listener = bind(address).listen(1024).unwrap();
        started.send(address).unwrap();
        serve(address, listener, &protocols::router(&ledger), commands).await;
    });
}

async fn serve(
    address: SocketAddr,
    listener: TcpListener,
    router: &Router,
    mut commands: UnboundedReceiver<Command>,
) {
    let (mut door, mut connections) = (Door::Open(listener), JoinSet::new());
    loop {
        tokio::select! {
            command = commands.recv() => match command {
                None => return,
                Some(Command::Kill(done)) => {
                    drop(door);
                    connections.shutdown().await;
                    door = Door::Shut;
                    let _ = done.send(());
                }
                Some(Command::Restart(done)) => {
                    drop(door);
                    door = Door::Open(bind(address).listen(1024).unwrap());
                    let _ = done.send(());
                }
            },
            stream = accept(&door) => drop(connections.spawn(converse(stream, router.clone()))),
            Some(_) = connections.join_next() => {}
        }
    }
}

fn bind(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    // A port whose connections were just dropped is free again at once, and the keeper's is shared with the door.
    socket.set_reuseaddr(true).unwrap();
    socket.set_reuseport(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

async fn accept(door: &Door) -> TcpStream {
    match door {
        Door::Open(listener) => listener.accept().await.unwrap().0,
        Door::Shut => std::future::pending().await,
    }
}

/// One connection, until it ends or a handler hangs up.
async fn converse(stream: TcpStream, router: Router) {
    let connection = Connection::default();
    let service = {
        let (connection, router) = (connection.clone(), TowerToHyperService::new(router));
        service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(connection.clone());
            let answer = router.call(request);
            async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
        })
    };
    let http = auto::Builder::new(TokioExecutor::new());
    tokio::select! {
        // A client that goes away is no failure of the test.
        _ = http.serve_connection(TokioIo::new(stream), service) => {}
        () = connection.0.notified() => {}
    }
}
