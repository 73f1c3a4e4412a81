use std::io::IoSlice;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::AsyncWriteExt;
use tokio::io::AsyncWrite;

use super::*;

/// Takes so many bytes a call, and notes how many came.
struct Counting {
    most: usize,
    calls: Vec<usize>,
    bytes: Vec<u8>,
}

impl AsyncWrite for Counting {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let count = bytes.len().min(self.most);
        self.bytes.extend_from_slice(&bytes[..count]);
        self.calls.push(count);
        Poll::Ready(Ok(count))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let all: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
        self.poll_write(cx, &all)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Pieces of these lengths, by how many calls they leave when each takes so many bytes.
async fn check(lengths: &[usize], most: usize, calls: &[usize]) {
    let mut gather = Gather::new(Counting { most, calls: Vec::new(), bytes: Vec::new() });
    let mut all = Vec::new();
    for (number, length) in lengths.iter().enumerate() {
        let piece: Vec<u8> = (0..*length).map(|at| (at * 7 + number) as u8).collect();
        gather.write_all(&piece).await.expect("written");
        all.extend(piece);
    }
    gather.flush().await.expect("flushed");
    assert_eq!(gather.io.calls, calls, "{lengths:?} by {most}");
    assert!(gather.io.bytes == all, "{lengths:?} by {most}: other bytes");
}

#[tokio::test]
async fn small_pieces_leave_with_large_ones() {
    check(&[], 1 << 20, &[]).await;
    check(&[12], 1 << 20, &[12]).await;
    check(&[12, 100_000], 1 << 20, &[100_012]).await;
    check(&[12, 20, 12, 100_000, 12], 1 << 20, &[100_044, 12]).await;
    check(&[100_000, 100_000], 1 << 20, &[100_000, 100_000]).await;
}

#[tokio::test]
async fn what_waits_has_an_end() {
    check(&[8000; 6], 1 << 20, &[40_000, 8000]).await;
}

#[tokio::test]
async fn calls_that_take_little() {
    check(&[12, 10_000], 5, &[vec![5; 2002], vec![2]].concat()).await;
    check(&[12, 10_000], 12, &[vec![12; 834], vec![4]].concat()).await;
    check(&[12, 10_000], 13, &[vec![13; 770], vec![2]].concat()).await;
}
