//! What caller, keeper and pid 1 say to each other over a socket that keeps messages whole: a message, bytes, descriptors. Sending it is all
//! it does; what messages mean is the others' matter.

use crate::{Abilities, Error, Exec, ExitStatus, Result, Spec};
use rustix::fs::MemfdFlags;
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{IoSlice, IoSliceMut, Read, Seek, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;

/// What the keeper, and after it pid 1, is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Request {
    /// What is to be made. Said twice: to the keeper, then to pid 1.
    Begin(Box<Begin>),
    /// The caller has done what the keeper asked for ([`Answer::Map`], [`Answer::Net`]).
    Go,
    /// Start a program of the host that goes to the background, and end it when the caller is gone.
    Carry {
        program: PathBuf,
        args: Vec<String>,
    },
    /// Start a program. Descriptors: what it reads, writes, and writes as errors; none on a terminal.
    Exec {
        id: u64,
        exec: Exec,
    },
    /// Run a task. The body is its arguments; descriptors are what it reads and writes, as far as said.
    Task {
        id: u64,
        name: String,
        input: bool,
        output: bool,
    },
    Signal {
        id: u64,
        pid: u32,
        signal: i32,
    },
    Count {
        id: u64,
    },
    Stop,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Begin {
    /// The word that means the role, to start pid 1 with.
    pub word: String,
    pub spec: Spec,
    pub abilities: Abilities,
    /// What `/etc/resolv.conf` says.
    pub resolver: String,
    /// Try whether the tree can really be changed, then take everything down.
    pub trial: bool,
}

/// What the keeper and pid 1 answer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// A user namespace waits for its ids.
    Map,
    /// A network namespace waits for its network.
    Net,
    Failed(Failure),
    /// The machine serves.
    Ready,
    /// A program runs; on a terminal, our end of it comes along.
    Started {
        id: u64,
        pid: u32,
    },
    Refused {
        id: u64,
        text: String,
        code: i32,
    },
    Ended {
        id: u64,
        status: ExitStatus,
    },
    /// A task's answer is in the body.
    Done {
        id: u64,
    },
    TaskFailed {
        id: u64,
        text: String,
    },
    Signalled {
        id: u64,
        error: Option<i32>,
    },
    Counted {
        id: u64,
        processes: u32,
    },
    /// Nothing runs and nothing is mounted any more; pid 1 ends.
    Stopped,
}

/// Why no machine came to be.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Failure {
    pub step: Step,
    /// One sentence that says what was tried and what the system said.
    pub text: String,
    /// The system's number for it, 0 when it is not the system's.
    pub errno: i32,
}

/// Where making a machine failed, for whoever looks for the way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Step {
    UserNamespace,
    Ids,
    Network,
    Namespaces,
    Mount,
    Overlay,
    Proc,
    Other,
}

impl Failure {
    pub(super) fn new(step: Step, what: impl std::fmt::Display, error: &std::io::Error) -> Self {
        Self { step, text: format!("{what}: {error}"), errno: error.raw_os_error().unwrap_or(0) }
    }

    pub(super) fn said(step: Step, text: impl Into<String>) -> Self {
        Self { step, text: text.into(), errno: 0 }
    }
}

/// Makes a mistake of the system a [`Failure`] of this step.
pub(super) trait At<T> {
    fn at(self, step: Step, what: impl std::fmt::Display) -> Result<T, Failure>;
}

impl<T, E: Into<std::io::Error>> At<T> for Result<T, E> {
    fn at(self, step: Step, what: impl std::fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| Failure::new(step, what, &error.into()))
    }
}

/// A message with what belongs to it.
#[derive(Debug)]
pub(super) struct Parcel<M> {
    pub message: M,
    pub body: Vec<u8>,
    pub files: Vec<OwnedFd>,
}

/// Messages up to this many bytes go through the socket; larger ones through a file in memory, since sockets refuse what does not fit.
const INLINE: usize = 60 * 1024;
/// More than anybody has a reason to send; a task's big data goes through its pipes.
const LARGEST: u64 = 1 << 30;
const FILES: usize = 8;

/// Two ends of a socket that keeps messages whole.
pub(super) fn pair() -> Result<(OwnedFd, OwnedFd)> {
    rustix::net::socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
        .map_err(|error| Error::io("cannot make a socket", error))
}

/// A message in the form in which it is sent, so that sending can be tried again.
pub(super) struct Packed<'a> {
    bytes: Vec<u8>,
    spilled: Option<File>,
    files: Vec<BorrowedFd<'a>>,
}

impl<'a> Packed<'a> {
    pub(super) fn new(message: &impl Serialize, body: &[u8], files: Vec<BorrowedFd<'a>>) -> Result<Self> {
        let json = serde_json::to_vec(message)
            .map_err(|error| Error::Start(format!("it cannot be described: {error}")))?;
        let length =
            u32::try_from(json.len()).map_err(|_| Error::Start("its description is too long".to_owned()))?;
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend(json);
        bytes.extend(body);
        let mut spilled = None;
        if bytes.len() > INLINE {
            let file = rustix::fs::memfd_create("message", MemfdFlags::CLOEXEC)
                .map_err(|error| Error::io("cannot make a file in memory", error))?;
            let mut file = File::from(file);
            file.write_all(&bytes)
                .and_then(|()| file.rewind())
                .map_err(|error| Error::io("cannot write to memory", error))?;
            bytes.clear();
            spilled = Some(file);
        }
        // A message without bytes would look like the end.
        if bytes.is_empty() {
            bytes.push(0);
        }
        Ok(Self { bytes, spilled, files })
    }

    /// Sends it, or says why not.
    pub(super) fn send(&self, socket: BorrowedFd<'_>, flags: SendFlags) -> Result<(), Errno> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(FILES))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        let mut files = self.files.clone();
        files.extend(self.spilled.as_ref().map(AsFd::as_fd));
        if !files.is_empty() && !control.push(SendAncillaryMessage::ScmRights(&files)) {
            return Err(Errno::TOOBIG);
        }
        loop {
            match rustix::net::sendmsg(
                socket,
                &[IoSlice::new(&self.bytes)],
                &mut control,
                flags | SendFlags::NOSIGNAL,
            ) {
                Err(Errno::INTR) => {}
                sent => return sent.map(|_| ()),
            }
        }
    }
}

/// The next message; none when the other side is gone.
pub(super) fn receive<M: DeserializeOwned>(
    socket: BorrowedFd<'_>,
    flags: RecvFlags,
) -> Result<Option<Parcel<M>>, Errno> {
    let mut bytes = vec![0_u8; INLINE + 4];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(FILES))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut reset = false;
    let length = loop {
        let flags = flags | RecvFlags::CMSG_CLOEXEC;
        match rustix::net::recvmsg(socket, &mut [IoSliceMut::new(&mut bytes)], &mut control, flags) {
            Err(Errno::INTR) => {}
            // The other side ended without hearing all that we said. What it said before is still there, after this one mistake.
            Err(Errno::CONNRESET) if !reset => reset = true,
            Err(Errno::CONNRESET) => return Ok(None),
            received => break received?.bytes,
        }
    };
    if length == 0 {
        return Ok(None);
    }
    bytes.truncate(length);
    let mut files: Vec<OwnedFd> = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(rights) = message {
            files.extend(rights);
        }
    }
    if length == 1 {
        let Some(spilled) = files.pop() else { return Err(Errno::PROTO) };
        bytes.clear();
        File::from(spilled).take(LARGEST).read_to_end(&mut bytes).map_err(|_| Errno::IO)?;
    }
    let (head, rest) = bytes.split_first_chunk::<4>().ok_or(Errno::PROTO)?;
    let (json, body) = rest.split_at_checked(u32::from_le_bytes(*head) as usize).ok_or(Errno::PROTO)?;
    let message = serde_json::from_slice(json).map_err(|_| Errno::PROTO)?;
    Ok(Some(Parcel { message, body: body.to_vec(), files }))
}
