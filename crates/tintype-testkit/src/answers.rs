//! Somebody at the terminal who has made up their mind beforehand.

use std::collections::VecDeque;
use std::sync::Mutex;

use async_trait::async_trait;
use tintype_event::Target;
use tintype_sdk::{Asker, NoAnswer};

/// Gives these answers, then none.
#[derive(Default, Debug)]
pub struct Answers {
    left: Mutex<VecDeque<String>>,
    asked: Mutex<Vec<String>>,
}

impl Answers {
    /// Somebody with these answers.
    pub fn new(answers: &[&str]) -> Self {
        Self {
            left: Mutex::new(answers.iter().map(|answer| answer.to_string()).collect()),
            asked: Mutex::default(),
        }
    }

    /// The questions so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no test thread panicked").clone()
    }
}

#[async_trait]
impl Asker for Answers {
    async fn ask(&self, _: Option<&Target>, question: &str) -> Result<String, NoAnswer> {
        self.asked.lock().expect("no test thread panicked").push(question.to_string());
        self.left.lock().expect("no test thread panicked").pop_front().ok_or(NoAnswer::NoTerminal)
    }
}
