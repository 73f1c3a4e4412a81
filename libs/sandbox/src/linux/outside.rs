//! Tasks outside of any machine, with its ids: files of mapped ids are closed to the caller itself.

use super::helpers::{self, Search};
use super::machine::{last_words, launch, task};
use super::role;
use super::wire::{Answer, Begin, Request};
use crate::launcher::run_here;
use crate::{Abilities, Error, Ids, Launcher, Result, Spec, TaskIo};
use std::sync::Arc;

/// Runs a function of ours outside of any machine, but with the ids that machines of these abilities have. As root that is a thread of this
/// process; else a process in a user namespace, which ends when this future is dropped.
pub async fn task_outside(
    launcher: &Launcher,
    abilities: &Abilities,
    name: &str,
    args: Vec<u8>,
    io: TaskIo,
) -> Result<Vec<u8>> {
    if abilities.ids == Ids::Root {
        return run_here(launcher, name, args, io).await;
    }
    let (link, mut process, errors) = launch(launcher, role::OUTSIDE)?;
    let link = Arc::new(link);
    let begin = Begin {
        word: launcher.word.clone(),
        spec: Spec::default(),
        abilities: abilities.clone(),
        resolver: String::new(),
        trial: false,
    };
    link.send(&Request::Begin(Box::new(begin)), &[], Vec::new()).await?;
    if matches!(abilities.ids, Ids::Range { .. }) {
        match link.receive().await.map(|parcel| parcel.message) {
            Some(Answer::Map) => {}
            Some(Answer::Failed(failure)) => return Err(Error::Start(failure.text)),
            _ => return Err(Error::Start(format!("it ended at once{}", last_words(&errors)))),
        }
        helpers::map(&Search::new(&launcher.search), process.id().unwrap_or_default(), &abilities.ids)
            .await
            .map_err(Error::Start)?;
        link.send(&Request::Go, &[], Vec::new()).await?;
    }
    let (id, answers) = link.expect();
    let mut general = link.expect_general();
    let delivering = AbortOnDrop(tokio::spawn(Arc::clone(&link).deliver()));
    let answer = task(&link, id, answers, name, &args, &io).await;
    drop(delivering);
    link.close();
    if let Ok(parcel) = general.try_recv()
        && let Answer::Failed(failure) = parcel.message
    {
        return Err(Error::Start(failure.text));
    }
    _ = process.wait().await;
    answer?.ok_or_else(|| Error::Gone(last_words(&errors)))
}

/// A delivery that lives as long as somebody waits for the answer.
struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
