//! A whole connection whose other side speaks whatever it likes: calls and waits end, in either role, and nothing panics. The first byte
//! chooses the role and whether the other side goes at the end or stays silent; time is a fake one, so that silence costs nothing.

use std::time::Duration;

use gorpc::{Client, Mux, Side, Value, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

struct Nobody;

#[async_trait::async_trait]
impl gorpc::Service for Nobody {
    fn at_once(&self, call: &gorpc::Call) -> Option<gorpc::Answer> {
        let _ = (call.text(), call.number(), call.fields().map(|fields| fields.texts("Configs")));
        (call.method.len() > 3).then(|| Err(call.no_service()))
    }

    async fn answer(&self, call: gorpc::Call) -> gorpc::Answer {
        Err(call.no_method())
    }
}

pub fn check(bytes: &[u8]) {
    let Some((&choice, frames)) = bytes.split_first() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let Ok(runtime) = runtime else { return };
    runtime.block_on(async {
        let (near, far) = tokio::io::duplex(1 << 16);
        let side = if choice & 1 == 0 { Side::Connecting } else { Side::Listening };
        let mux = Mux::new(near, side);
        let (mut hears, mut speaks) = tokio::io::split(far);
        let frames = frames.to_vec();
        tokio::spawn(async move {
            let mut room = vec![0; 4096];
            while hears.read(&mut room).await.is_ok_and(|read| read > 0) {}
        });
        tokio::spawn(async move {
            let _ = speaks.write_all(&frames).await;
            if choice & 2 != 0 {
                let _ = speaks.shutdown().await;
            } else {
                tokio::time::sleep(Duration::from_secs(3600)).await;
            }
        });
        let expected = mux.announce();
        let work = async {
            match side {
                Side::Connecting => {
                    if let Ok(stream) = mux.dial(0).await {
                        let client = Client::new(stream);
                        let _ = tokio::time::timeout(
                            Duration::from_secs(60),
                            client.call("Builder.ConfigSpec", &Value::Nil),
                        )
                        .await;
                    }
                }
                Side::Listening => {
                    if let Ok(stream) = mux.expect(0).accept().await {
                        let _ = tokio::time::timeout(
                            Duration::from_secs(60),
                            serve(stream, std::sync::Arc::new(Nobody)),
                        )
                        .await;
                    }
                }
            }
        };
        let _ = tokio::join!(work, expected.accept());
    });
}
