//! What a component tells comes before the answer to what it was asked, although the two take different streams.

use std::path::Path;

use tintype_sdk::{BoxRead, Communicator, OnBytes, Running};
use tokio::io::AsyncWrite;
use tokio::sync::{Notify, mpsc};

use super::*;

/// So many lines at a time: the last of them is some calls behind the first.
const LINES: usize = 40;

/// What is told of a command's end has a right to come as soon as the command is started; here it waits for a word.
static END: Notify = Notify::const_new();

#[derive(Config)]
#[config(name = "teller", unchecked)]
struct Nothing {}

/// A machine that tells of everything that it does, and whatever is made of it.
#[derive(Clone)]
struct Teller(Cx);

impl Teller {
    fn tell(&self, what: &str) {
        (0..LINES).for_each(|line| self.0.say(format!("{what} {line}")));
    }
}

#[async_trait]
impl Communicator for Teller {
    fn kind(&self) -> &'static str {
        "teller"
    }

    async fn start(&self, command: RemoteCommand) -> Result<Running> {
        self.tell(&format!("start of {}", command.command));
        let (_, output) = mpsc::channel(1);
        let teller = self.clone();
        let exit = async move {
            END.notified().await;
            teller.tell("end");
            Ok(ExitStatus(0))
        };
        Ok(Running { output, exit: Box::pin(exit) })
    }

    async fn upload(&self, to: &str, _: BoxRead, _: FileMeta, _: OnBytes<'_>) -> Result<()> {
        self.tell(to);
        Err(Error::environment("refused"))
    }

    async fn upload_dir(&self, to: &str, _: &Path, _: OnBytes<'_>) -> Result<()> {
        self.tell(to);
        Ok(())
    }

    async fn download(
        &self,
        from: &str,
        _: &mut (dyn AsyncWrite + Send + Unpin),
        _: OnBytes<'_>,
    ) -> Result<()> {
        self.tell(from);
        Ok(())
    }

    async fn download_dir(&self, from: &str, _: &Path, _: OnBytes<'_>) -> Result<()> {
        self.tell(from);
        Ok(())
    }
}

#[async_trait]
impl Artifact for Teller {
    fn builder_id(&self) -> &str {
        "teller"
    }
    fn id(&self) -> String {
        "t".into()
    }
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }
    fn describe(&self) -> String {
        String::new()
    }
    fn state(&self, _: &str) -> Option<Value> {
        None
    }
    async fn destroy(&self, _: &Cx) -> Result<()> {
        self.tell("destroyed");
        Ok(())
    }
}

struct Builds;

impl BuildWith for Builds {
    type Config = Nothing;

    fn prepare(_: &mut Nothing, _: &PrepareCx, _: &mut At<'_>) {}

    async fn build(_: Nothing, cx: &BuildCx) -> Result<Option<Arc<dyn Artifact>>> {
        let own: &Cx = cx;
        let teller = Teller(own.clone());
        teller.tell("builder");
        let machine = Machine::new(Arc::new(teller.clone()), BTreeMap::new());
        cx.provision_without_steps(&machine).await?;
        teller.tell("builder again");
        Ok(Some(Arc::new(teller)))
    }
}

struct Processes;

impl PostProcessWith for Processes {
    type Config = Nothing;

    fn prepare(_: Nothing, _: &PrepareCx, _: &mut At<'_>) -> Self {
        Self
    }

    async fn post_process(&self, _: Arc<dyn Artifact>, cx: &Cx) -> Result<PostProcessed> {
        let teller = Teller(cx.clone());
        teller.tell("post-processor");
        Ok(PostProcessed { artifact: Some(Arc::new(teller)), keep: Keep::Always })
    }
}

/// The last line before each line of the test's own, which stands for what the host does next.
fn last_before(lines: &[String]) -> Vec<&str> {
    let mut before = lines.iter().zip(lines.iter().skip(1));
    before.by_ref().filter(|(_, line)| *line == "host").map(|(before, _)| before.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_comes_before_the_answer() {
    let sandbox = Sandbox::new();
    let mut registry = Registry::new();
    registry.add_builder("teller", Native::<Builds>::new());
    registry.add_post_processor("teller", NativePost::<Processes>::new());
    let far = loopback(Arc::new(registry), sandbox.world().clone(), Wire::Protobuf);
    let hook = FakeHook::new(|machine, cx| async move {
        cx.say("host");
        let comm = machine.comm();
        let refused = comm.upload("up", Box::new(tokio::io::empty()), FileMeta::default(), &|_| ()).await;
        assert!(refused.is_err());
        cx.say("host");
        comm.upload_dir("up all", Path::new("."), &|_| ()).await?;
        cx.say("host");
        comm.download("down", &mut tokio::io::sink(), &|_| ()).await?;
        cx.say("host");
        comm.download_dir("down all", Path::new("."), &|_| ()).await?;
        cx.say("host");
        let running = comm.start(RemoteCommand::new("it")).await?;
        cx.say("host");
        END.notify_one();
        running.gather(1).await?;
        cx.say("host");
        Ok(())
    });
    let kind = far.builder("teller").expect("known");
    let Ok(prepared) = kind.prepare(&options("{}"), &sandbox.prepare_cx()).await else { panic!("refused") };
    let built = prepared.component.run(&sandbox.build_cx(Arc::new(hook))).await;
    let built = built.expect("it builds").expect("something");
    let cx = sandbox.cx();
    cx.say("host");
    let kind = far.post_processor("teller").expect("known");
    let Ok(prepared) = kind.prepare(&options("{}"), &sandbox.prepare_cx()).await else { panic!("refused") };
    let done = prepared.component.post_process(built, &cx).await.expect("processed");
    cx.say("host");
    done.artifact.expect("something").destroy(&cx).await.expect("destroyed");
    cx.say("host");

    let lines = sandbox.lines();
    let last = LINES - 1;
    assert_eq!(
        last_before(&lines),
        [
            "builder",
            "up",
            "up all",
            "down",
            "down all",
            "start of it",
            "end",
            "builder again",
            "post-processor",
            "destroyed"
        ]
        .map(|what| format!("{what} {last}"))
    );
    // And among each other.
    let told: Vec<&String> = lines.iter().filter(|line| *line != "host").collect();
    for (at, line) in told.iter().enumerate() {
        assert!(line.ends_with(&format!(" {}", at % LINES)), "{at}: {line}");
    }
}
