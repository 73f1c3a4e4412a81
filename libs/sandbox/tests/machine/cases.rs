//! What machines must do. Each case is one function on a bed of its own; the same ones run for root and for ordinary users.

use crate::bed::{Bed, run, shell, task, words};
use crate::users;
use sandbox::{Bind, Error, Exec, Ids, Limits, Network, Overlay, Sandbox, Spec, Stdin, TaskIo};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        /// Runs the cases whose names contain one of these words, or all.
        async fn cases(bed: &Bed, who: &str, words: &[&str]) {
            $(if words.is_empty() || words.iter().any(|word| stringify!($name).contains(word)) {
                let start = Instant::now();
                $name(bed).await;
                say(&format!("{who} {}: {:?}", stringify!($name), start.elapsed()));
            })*
        }
    };
}

cases! {
    programs, users_and_groups, output_and_input, terminals, signals, tasks, tasks_outside, files_and_changes, names, rights, binds,
    networks, stopping, dropping, many_programs, many_machines, limits, refusals,
}

pub fn say(line: &str) {
    _ = writeln!(std::io::stdout(), "{line}");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Every case for this user, and then, being root, for ordinary ones.
pub fn all(words: &[&str]) -> ExitCode {
    let dir = users::directory();
    let usable = runtime().block_on(async {
        let bed = Bed::new(dir.path()).await;
        if let Err(forbidden) = &bed.abilities.user_namespaces {
            say(&format!("skipped: no machines here: {forbidden}"));
            return false;
        }
        cases(&bed, "this user", words).await;
        true
    });
    if usable && rustix::process::geteuid().is_root() {
        killed(dir.path());
        users::others(words);
    }
    ExitCode::SUCCESS
}

/// The cases again, as an ordinary user of whom it is said what to expect: `single` or `range`, then words.
pub fn as_user(expected: &str, dir: &Path) -> ExitCode {
    runtime().block_on(async {
        let bed = Bed::new(dir).await;
        if let Err(forbidden) = &bed.abilities.user_namespaces {
            say(&format!("skipped: no machines for ordinary users here: {forbidden}"));
            return;
        }
        for note in &bed.abilities.notes {
            say(&format!("note: {note}"));
        }
        say(&format!("{:?}, {:?}, {:?}", bed.abilities.ids, bed.abilities.overlay, bed.abilities.network));
        let (ids, words) = expected.split_once(' ').unwrap_or((expected, ""));
        let words: Vec<&str> = words.split_whitespace().collect();
        let kind = match bed.abilities.ids {
            Ids::Root => "nested",
            Ids::Range { .. } => "range",
            Ids::Single => "single",
        };
        assert_eq!(kind, ids, "{:?}", bed.abilities);
        cases(&bed, ids, &words).await;
        // What this host lets us have is more than others do.
        for (number, overlay) in users::lesser_overlays(&bed.abilities.overlay).into_iter().enumerate() {
            let mut bed = Bed::new(dir).await;
            say(&format!("with {overlay:?}"));
            bed.abilities.overlay = overlay;
            files_and_changes_in(&bed, &format!("lesser-{number}")).await;
            names_in(&bed, &format!("lesser-names-{number}")).await;
        }
        for (number, network) in users::lesser_networks(&bed.abilities.network).into_iter().enumerate() {
            let mut bed = Bed::new(dir).await;
            say(&format!("with {network:?}"));
            bed.abilities.network = network;
            networks_in(&bed, &format!("lesser-networks-{number}")).await;
        }
    });
    ExitCode::SUCCESS
}

async fn programs(bed: &Bed) {
    let machine = bed.start(&bed.spec("programs")).await;
    let check = async |exec: Exec, expected: &str| assert_eq!(run(&machine, exec, b"").await, expected);
    check(shell("echo out; echo err >&2; exit 3"), "3|out|err").await;
    check(words(&["sh", "-c", "echo $0 \"$@\"", "a", "b c", ""]), "0|a b c|").await;
    check(shell("kill -9 $$"), "137||").await;
    check(shell("kill -TERM $$"), "143||").await;
    check(shell("pwd; umask; ulimit -c >/dev/null; cat"), "0|/\n0022|").await;
    check(Exec { cwd: "/made/for/it".to_owned(), ..shell("pwd") }, "0|/made/for/it|").await;
    let variables = [("A", "1 2"), ("B", ""), ("A", "3"), ("PATH", "/nowhere:/bin")];
    let env = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    check(Exec { env, ..words(&["env"]) }, "0|A=3\nB=\nPATH=/nowhere:/bin\nHOSTNAME=box\nHOME=/root|").await;
    check(words(&["nowhere"]), "there is no program `nowhere` in the machine").await;
    check(words(&["/etc/passwd"]), "cannot run `/etc/passwd`: Permission denied (os error 13)").await;
    check(words(&[]), "no program is named").await;
    check(shell("printf '#!/no/such\n' > /x; chmod 755 /x"), "0||").await;
    check(words(&["/x"]), "cannot run `/x`: the interpreter or loader that it names is missing").await;
    check(shell("trap '' PIPE; trap"), "0|trap -- '' PIPE|").await;
    check(
        shell(
            "read pid name state parent group session rest < /proc/$$/stat; echo $parent $((pid - session))",
        ),
        "0|1 0|",
    )
    .await;
    check(
        shell("ls -l /proc/self/fd | sed '1d; s/.* -> //; s/:.*//; s/[0-9]//g' | tr '\\n' ' '"),
        "0|/dev/null pipe pipe /proc//fd|",
    )
    .await;
    let long = "x".repeat(100_000);
    check(words(&["sh", "-c", "echo ${#1} ${#2}", "sh", &long, &long]), "0|100000 100000|").await;
    machine.stop().await.unwrap();
}

async fn users_and_groups(bed: &Bed) {
    let machine = bed.start(&bed.spec("users")).await;
    let who = async |user: &str, expected: &str| {
        let exec = Exec { user: user.to_owned(), ..shell("echo $(id -u):$(id -g) $(id -G) $HOME") };
        let actual = run(&machine, exec, b"").await;
        assert!(actual.contains(expected), "{user}: {actual}");
    };
    who("nobody", "there is no user `nobody` in the machine's /etc/passwd").await;
    if single(bed) {
        who("", "0|0:0 0").await;
        who("web", "cannot become").await;
    } else {
        who("", "0|0:0 0 /root|").await;
        who("web", "0|33:34 34 29 /var/www|").await;
        who("33:0", "0|33:0 0 /var/www|").await;
        who("1000", "0|1000:0 0 /|").await;
        who(
            "4000000000",
            if bed.abilities.root { "0|4000000000:0" } else { "range of ids does not reach so far" },
        )
        .await;
        let exec = Exec {
            user: "web".to_owned(),
            ..shell("echo a >/dev/stdout; echo b > /proc/self/fd/2; touch /etc/x")
        };
        let actual = run(&machine, exec, b"").await;
        assert!(actual.starts_with("1|a|b\n") && actual.contains("Permission denied"), "{actual}");
    }
    machine.stop().await.unwrap();
}

/// Whether the machine's root is its only user: also that of a user namespace may be.
fn single(bed: &Bed) -> bool {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap();
    bed.abilities.ids == Ids::Single || map.split_whitespace().eq(["0", "12345", "1"])
}

async fn output_and_input(bed: &Bed) {
    let machine = bed.start(&bed.spec("output")).await;
    let input = vec![b'a'; 3_000_000];
    assert_eq!(run(&machine, shell("wc -c"), &input).await, "0|3000000|");
    let mut process = machine.exec(shell("head -c 200000000 /dev/zero; echo e >&2")).await.unwrap();
    let mut sum = 0;
    let mut part = vec![0; 1 << 16];
    loop {
        let length = process.stdout.read(&mut part).await.unwrap();
        if length == 0 {
            break;
        }
        sum += length;
    }
    assert_eq!(sum, 200_000_000);
    assert_eq!(process.wait().await.unwrap().code(), 0);
    assert_eq!(process.wait().await.unwrap().code(), 0);
    // A reader that goes away ends the writer, not us.
    let mut process = machine.exec(shell("trap - PIPE; yes")).await.unwrap();
    drop(std::mem::replace(&mut process.stdout, Box::new(tokio::io::empty())));
    assert_eq!(process.wait().await.unwrap().code(), 141);
    machine.stop().await.unwrap();
}

async fn terminals(bed: &Bed) {
    let machine = bed.start(&bed.spec("terminals")).await;
    let line = "test -t 0 && test -t 1 && test -t 2 && tty && echo $TERM && read x && echo got $x && echo on > /dev/tty";
    let exec = Exec { tty: true, stdin: Stdin::Pipe, ..shell(line) };
    let mut process = machine.exec(exec).await.unwrap();
    let mut stdin = process.stdin.take().unwrap();
    stdin.write_all(b"line\n").await.unwrap();
    let mut text = String::new();
    process.stdout.read_to_string(&mut text).await.unwrap();
    assert_eq!(process.wait().await.unwrap().code(), 0, "{text}");
    let text = text.replace('\r', "");
    for part in ["/dev/pts/0\n", "xterm\n", "got line\n", "on\n"] {
        assert!(text.contains(part), "{text}");
    }
    // The terminal's own characters are signals for what runs on it.
    let exec = Exec { tty: true, stdin: Stdin::Pipe, ..words(&["cat"]) };
    let mut process = machine.exec(exec).await.unwrap();
    let mut stdin = process.stdin.take().unwrap();
    stdin.write_all(b"ready\n").await.unwrap();
    let mut part = [0; 5];
    process.stdout.read_exact(&mut part).await.unwrap();
    stdin.write_all(b"\x03").await.unwrap();
    assert_eq!(process.wait().await.unwrap().code(), 130);
    machine.stop().await.unwrap();
}

async fn signals(bed: &Bed) {
    let machine = bed.start(&bed.spec("signals")).await;
    let mut process = machine.exec(shell("sleep 100 & wait")).await.unwrap();
    assert!(machine.processes().await.unwrap() > 0);
    process.kill(15).await.unwrap();
    assert_eq!(process.wait().await.unwrap().code(), 143);
    settle(&machine, 0).await;
    assert!(process.kill(15).await.is_err());
    // What is left behind is taken leave of, and pid 1 cannot be killed from within.
    assert_eq!(
        run(&machine, shell("(sleep 0.05 &) ; kill -9 1; kill -9 -1; echo alive"), b"").await,
        "0|alive|"
    );
    settle(&machine, 0).await;
    machine.stop().await.unwrap();
}

/// Waits until there are so many processes.
async fn settle(machine: &Sandbox, count: u32) {
    let start = Instant::now();
    while machine.processes().await.unwrap() != count {
        assert!(start.elapsed() < Duration::from_secs(10), "{}", machine.processes().await.unwrap());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn tasks(bed: &Bed) {
    let spec = bed.spec("tasks");
    let machine = bed.start(&spec).await;
    let input = vec![b'a'; 2_000_000];
    let (answer, output) = task(&machine, "upper", "read ", &input).await;
    assert_eq!(answer.unwrap(), "read 2000000");
    assert!(output.len() == input.len() && output.iter().all(|byte| *byte == b'A'));
    let (answer, _) = task(&machine, "write", "/etc/by-task", b"text").await;
    answer.unwrap();
    assert_eq!(run(&machine, shell("cat /etc/by-task; stat -c %u:%g /etc/by-task"), b"").await, "0|text0:0|");
    // Links of the machine's lead to the machine's.
    run(&machine, shell("ln -s /etc/passwd /link; ln -s ../../../../../../etc/by-link /out"), b"").await;
    task(&machine, "write", "/out", b"inside").await.0.unwrap();
    assert_eq!(run(&machine, shell("cat /etc/by-link"), b"").await, "0|inside|");
    let (answer, _) = task(&machine, "list", "/../..", b"").await;
    assert!(answer.unwrap().contains("etc"));
    let big = "x".repeat(5_000_000);
    assert_eq!(task(&machine, "fail", &big, b"").await.0.unwrap_err(), big);
    assert_eq!(task(&machine, "none", "", b"").await.0.unwrap_err(), "there is no task `none`");
    let (first, second, third) = tokio::join!(
        task(&machine, "upper", "1 ", b"a"),
        task(&machine, "upper", "2 ", b"bc"),
        task(&machine, "fail", "3", b"d")
    );
    assert_eq!(
        (first.0.unwrap(), second.0.unwrap(), third.0.unwrap_err()),
        ("1 1".into(), "2 2".into(), "3".into())
    );
    assert!(task(&machine, "panic", "", b"").await.0.unwrap_err().contains("panic"));
    assert_eq!(run(&machine, shell("echo well"), b"").await, "0|well|");
    machine.stop().await.unwrap();
}

async fn tasks_outside(bed: &Bed) {
    let path = bed.dir.join("owned").to_string_lossy().into_owned();
    let outside = async |name: &str, args: &str| {
        let answer =
            sandbox::task_outside(&bed.launcher, &bed.abilities, name, args.into(), TaskIo::default()).await;
        answer.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).map_err(|error| error.to_string())
    };
    assert_eq!(outside("fail", "words").await, Err("words".to_owned()));
    match single(bed) {
        true => assert!(outside("own", &path).await.unwrap_err().contains("Invalid argument")),
        false => assert_eq!(outside("own", &path).await, Ok("secret 7:8".to_owned())),
    }
}

async fn files_and_changes(bed: &Bed) {
    files_and_changes_in(bed, "files").await;
}

async fn files_and_changes_in(bed: &Bed, name: &str) {
    let spec = bed.spec(name);
    let machine = bed.start(&spec).await;
    let script = "set -e; cat /etc/only-in-top; echo a > /new; mkdir -p /d/e; ln /new /d/hard; ln -s new /soft; rm /etc/only-in-top; \
                  rm -r /var; mkdir /var; echo more >> /etc/passwd; mkfifo /pipe; touch /tmp/t; echo x > /dev/shm/x; ls /var";
    assert_eq!(run(&machine, shell(script), b"").await, "0|top|");
    let mode = run(&machine, shell("stat -c '%a %F' /tmp / /etc /proc /dev; ls /dev"), b"").await;
    assert!(
        mode.starts_with("0|1777 directory\n755 directory\n755 directory\n555 directory\n755 directory\n"),
        "{mode}"
    );
    for device in [
        "null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "shm", "fd", "stdin", "stdout",
        "stderr",
    ] {
        assert!(mode.lines().any(|line| line.trim_end_matches('|') == device), "{device}: {mode}");
    }
    assert_eq!(
        run(&machine, shell("echo x > /dev/null && head -c 3 /dev/zero | od -An -c"), b"").await,
        "0|  \\0  \\0  \\0|"
    );
    machine.stop().await.unwrap();
    assert_nothing_mounted(&spec);
    if bed.abilities.overlay == Overlay::Kernel {
        let expected = [
            "d",
            "d/e",
            "d/hard",
            "etc",
            "etc/only-in-top",
            "etc/passwd",
            "new",
            "pipe",
            "soft",
            "tmp",
            "tmp/t",
            "var",
        ];
        assert_eq!(Bed::upper(&spec), expected);
    } else {
        let there = Bed::upper(&spec);
        assert!(there.contains(&"d/hard".to_owned()) && !there.contains(&"var/tmp".to_owned()), "{there:?}");
    }
}

fn assert_nothing_mounted(spec: &Spec) {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(&*spec.mount.to_string_lossy()), "{mounts}");
    assert_eq!(std::fs::read_dir(&spec.mount).unwrap().count(), 0);
}

async fn names(bed: &Bed) {
    names_in(bed, "names").await;
}

async fn names_in(bed: &Bed, name: &str) {
    let mut spec = bed.spec(name);
    spec.hosts = vec![("db.example".to_owned(), "10.1.2.3".to_owned())];
    let machine = bed.start(&spec).await;
    assert_eq!(
        run(&machine, shell("hostname; uname -n; cat /etc/hostname; grep -c db.example /etc/hosts"), b"")
            .await,
        "0|box\nbox\nbox\n1|"
    );
    assert_eq!(run(&machine, shell("grep -c localhost /etc/hosts"), b"").await, "0|2|");
    let resolver = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    assert_eq!(
        run(&machine, shell("cat /etc/resolv.conf"), b"").await,
        format!("0|{}|", resolver.trim_end())
    );
    assert_eq!(
        run(&machine, shell("echo '1.1.1.1 x' >> /etc/hosts && tail -1 /etc/hosts"), b"").await,
        "0|1.1.1.1 x|"
    );
    assert_eq!(run(&machine, shell("rm /etc/hosts 2>/dev/null || echo busy"), b"").await, "0|busy|");
    let made: Vec<String> = machine.made().to_vec();
    machine.stop().await.unwrap();
    let left: Vec<String> = Bed::upper(&spec).into_iter().filter(|path| path.starts_with("etc/")).collect();
    if made.is_empty() && bed.abilities.overlay != Overlay::Copy {
        assert!(left.is_empty(), "{left:?}");
    } else {
        assert!(made.contains(&"/etc/hosts".to_owned()), "{made:?}");
    }
    // Links in the tree lead to places in the tree.
    let spec = bed.spec(&format!("{name}-links"));
    std::os::unix::fs::symlink("../run/made/resolv.conf", spec.lower[1].join("etc/resolv.conf")).unwrap();
    std::os::unix::fs::symlink("/../../../far", spec.lower[0].join("sys")).unwrap();
    std::fs::write(spec.lower[1].join("etc/hosts"), "old\n").unwrap();
    let machine = bed.start(&spec).await;
    assert_eq!(run(&machine, shell("test -s /run/made/resolv.conf; readlink /etc/resolv.conf /sys; ls /far | grep -c kernel; grep -c old /etc/hosts"), b"").await, "1|../run/made/resolv.conf\n/../../../far\n1\n0|");
    machine.stop().await.unwrap();
    assert_eq!(std::fs::read_to_string(spec.lower[1].join("etc/hosts")).unwrap(), "old\n");
}

async fn rights(bed: &Bed) {
    let capabilities = async |add: &[&str], drop: &[&str], privileged: bool| {
        let mut spec = bed.spec(&format!("rights-{}-{}-{privileged}", add.join("-"), drop.join("-")));
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        spec.capabilities = sandbox::Capabilities { add: list(add), drop: list(drop) };
        spec.privileged = privileged;
        let machine = bed.start(&spec).await;
        let line =
            "grep -E '^Cap(Prm|Eff|Bnd|Inh|Amb)|^NoNewPrivs' /proc/self/status | cut -f2 | tr '\\n' ' '";
        let text = run(&machine, shell(line), b"").await;
        machine.stop().await.unwrap();
        text
    };
    let usual = "00000000a80425fb";
    let line = |set: &str| format!("0|0000000000000000 {set} {set} {set} 0000000000000000 0|");
    assert_eq!(capabilities(&[], &[], false).await, line(usual));
    assert_eq!(
        capabilities(&["cap_sys_ptrace", "NET_ADMIN"], &["MKNOD"], false).await,
        line("00000000a00c35fb")
    );
    assert_eq!(capabilities(&["CHOWN"], &["all"], false).await, line("0000000000000001"));
    let all = capabilities(&["ALL"], &[], false).await;
    assert_eq!(capabilities(&[], &[], true).await, all);
    assert!(!all.contains(usual), "{all}");

    let machine = bed.start(&bed.spec("rights")).await;
    let check = async |line: &str, expected: &str| {
        assert_eq!(run(&machine, shell(line), b"").await, expected, "{line}")
    };
    check("mount -t tmpfs x /tmp 2>/dev/null || echo no", "0|no|").await;
    check("unshare -U true 2>/dev/null || echo no", "0|no|").await;
    check("unshare -m true 2>/dev/null || echo no", "0|no|").await;
    check("echo 1 2>/dev/null > /proc/sys/kernel/printk || echo no", "0|no|").await;
    check("echo b 2>/dev/null > /proc/sysrq-trigger || echo no", "0|no|").await;
    check("touch /sys/x 2>/dev/null || echo no", "0|no|").await;
    check("cat /proc/kcore /proc/keys /proc/timer_list /sys/firmware/* 2>/dev/null | wc -c", "0|0|").await;
    check("df -k --output=size /dev/shm | tail -1 | tr -d ' '", "0|65536|").await;
    check("ls /proc/1/root/ >/dev/null 2>&1 || echo no", "0|no|").await;
    check("chroot / echo chrooted", "0|chrooted|").await;
    machine.stop().await.unwrap();

    // Privileged machines may mount, and have namespaces of their own.
    let machine = bed.start(&Spec { privileged: true, ..bed.spec("privileged") }).await;
    assert_eq!(run(&machine, shell("mount -t tmpfs x /tmp && unshare -m echo yes"), b"").await, "0|yes|");
    machine.stop().await.unwrap();
}

async fn binds(bed: &Bed) {
    let mut spec = bed.spec("binds");
    let host = bed.dir.join("binds/host");
    std::fs::create_dir_all(host.join("inner")).unwrap();
    std::fs::write(host.join("file"), "host\n").unwrap();
    let bind = |host: &Path, machine: &str, read_only| Bind {
        host: host.to_owned(),
        machine: machine.into(),
        read_only,
    };
    spec.binds.push(bind(&host, "/made/here", false));
    spec.binds.push(bind(&host, "/run/seen", true));
    spec.binds.push(bind(&host.join("file"), "/etc/one-file", true));
    spec.tmpfs = vec!["/run".to_owned(), "/scratch:size=64k,mode=700,exec".to_owned()];
    let machine = bed.start(&spec).await;
    let check = async |line: &str, expected: &str| {
        assert_eq!(run(&machine, shell(line), b"").await, expected, "{line}")
    };
    check(
        "cat /made/here/file /run/seen/file /etc/one-file; echo new > /made/here/new",
        "0|host\nhost\nhost|",
    )
    .await;
    check("touch /run/seen/x 2>/dev/null || echo no; touch /run/x && echo yes", "0|no\nyes|").await;
    check(
        "stat -c %a /scratch; head -c 100000 /dev/zero 2>/dev/null > /scratch/x || echo full",
        "0|700\nfull|",
    )
    .await;
    check("echo x 2>/dev/null > /usr/x || echo no", "0|no|").await;
    machine.stop().await.unwrap();
    assert_eq!(std::fs::read_to_string(host.join("new")).unwrap(), "new\n");
    if bed.abilities.overlay == Overlay::Kernel {
        assert_eq!(Bed::upper(&spec), Vec::<String>::new());
    }
}

async fn networks(bed: &Bed) {
    networks_in(bed, "networks").await;
}

async fn networks_in(bed: &Bed, name: &str) {
    let with = async |network: Network, line: &str| {
        let spec = Spec { network, ..bed.spec(&format!("{name}-{network:?}-{}", line.len())) };
        let machine = bed.start(&spec).await;
        let text = run(&machine, shell(line), b"").await;
        machine.stop().await.unwrap();
        text
    };
    let devices = "tail -n +3 /proc/net/dev | sed 's/:.*//' | tr -d ' ' | sort | tr '\\n' ' '";
    assert_eq!(with(Network::None, devices).await.split_whitespace().next(), Some("0|lo|"));
    assert_eq!(with(Network::None, "cat /proc/net/route | tail -n +2; cat /etc/resolv.conf").await, "0||");
    assert_eq!(
        with(Network::None, "grep -c 127.0.0.1 /proc/net/fib_trie > /dev/null && echo up").await,
        "0|up|"
    );
    let host = std::fs::read_to_string("/proc/net/dev").unwrap().lines().count() - 2;
    assert_eq!(with(Network::Host, &format!("{devices} | wc -w")).await, format!("0|{host}|"));
    let own = bed.abilities.network != sandbox::Net::Host;
    let routes = with(Network::Auto, "tail -n +2 /proc/net/route | wc -l").await;
    if own {
        assert!(routes != "0|0|", "{routes} {:?}", bed.abilities.network);
        let server =
            with(Network::Auto, "grep -c '^nameserver \\(169.254.1.1\\|10.0.2.3\\)$' /etc/resolv.conf").await;
        assert_eq!(server, "0|1|");
    }
}

async fn stopping(bed: &Bed) {
    let spec = bed.spec("stopping");
    let machine = bed.start(&spec).await;
    let _polite = machine
        .exec(shell("trap 'echo told > /told; exit' TERM; echo ready > /ready; while :; do sleep 0.01; done"))
        .await
        .unwrap();
    let _deaf = machine.exec(shell("trap '' TERM; sleep 1000")).await.unwrap();
    assert_eq!(run(&machine, shell("while ! test -f /ready; do sleep 0.01; done"), b"").await, "0||");
    let start = Instant::now();
    machine.stop().await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(spec.upper.join("told").exists());
    assert_nothing_mounted(&spec);
    // An idle machine stops at once.
    let machine = bed.start(&bed.spec("stopping-idle")).await;
    let start = Instant::now();
    machine.stop().await.unwrap();
    say(&format!("  stop: {:?}", start.elapsed()));
}

async fn dropping(bed: &Bed) {
    let machine = bed.start(&bed.spec("dropping")).await;
    let mut process = machine.exec(words(&["sleep", "31415"])).await.unwrap();
    drop(machine);
    assert!(matches!(process.wait().await, Err(Error::Gone(_))));
    users::assert_gone("sleep 31415");
    // A start that nobody waits for any more.
    for wait in [0, 1, 3, 6, 10] {
        let spec = bed.spec(&format!("dropping-{wait}"));
        let start = Sandbox::start(&bed.launcher, &spec, &bed.abilities);
        drop(tokio::time::timeout(Duration::from_millis(wait), start).await);
    }
    users::assert_gone("__machine");
}

async fn many_programs(bed: &Bed) {
    let machine = std::sync::Arc::new(bed.start(&bed.spec("many")).await);
    let start = Instant::now();
    let mut running = tokio::task::JoinSet::new();
    for worker in 0..8 {
        let machine = std::sync::Arc::clone(&machine);
        running.spawn(async move {
            for number in 0..150 {
                let code = (worker * 31 + number) % 100;
                let text =
                    run(&machine, words(&["sh", "-c", "echo $1; exit $1", "", &code.to_string()]), b"").await;
                assert_eq!(text, format!("{code}|{code}|"));
            }
        });
    }
    while let Some(done) = running.join_next().await {
        done.unwrap();
    }
    say(&format!("  {:?} for each of 1200 programs", start.elapsed() / 1200));
    settle(&machine, 0).await;
    // Whoever is left behind is not left lying.
    assert_eq!(run(&machine, shell("for i in 1 2 3 4 5 6 7 8 9; do (sh -c 'sleep 0.1' &); done; sleep 0.5; ps ax -o stat= | grep -c Z"), b"").await, "1|0|");
    std::sync::Arc::into_inner(machine).unwrap().stop().await.unwrap();
}

async fn many_machines(bed: &Bed) {
    let mut times = Vec::new();
    for number in 0..10 {
        let spec = bed.spec(&format!("one-{number}"));
        let start = Instant::now();
        let machine = bed.start(&spec).await;
        assert_eq!(run(&machine, words(&["/bin/true"]), b"").await, "0||");
        times.push(start.elapsed());
        machine.stop().await.unwrap();
    }
    times.sort();
    say(&format!("  start to the end of the first program: {:?} (best {:?})", times[5], times[0]));
    let mut running = Vec::new();
    for number in 0..12 {
        let spec = bed.spec(&format!("at-once-{number}"));
        running.push(async move {
            let machine = bed.start(&spec).await;
            let line = format!("echo {number} > /number; cat /number");
            assert_eq!(run(&machine, shell(&line), b"").await, format!("0|{number}|"));
            machine.stop().await.unwrap();
            assert!(Bed::upper(&spec).contains(&"number".to_owned()));
        });
    }
    futures::future::join_all(running).await;
}

async fn limits(bed: &Bed) {
    let mut spec = bed.spec("limits");
    spec.limits = Limits { memory: Some(64 << 20), pids: Some(40) };
    let machine = bed.start(&spec).await;
    match &bed.abilities.cgroups {
        sandbox::Cgroups::None(_) => assert_eq!(run(&machine, shell("echo on"), b"").await, "0|on|"),
        _ => {
            let forks = "i=0; while [ $i -lt 100 ]; do sleep 5 & i=$((i+1)); done; wait";
            let text = run(&machine, shell(forks), b"").await;
            assert!(text.contains("ork"), "{text}");
            let text = run(&machine, shell("head -c 300m /dev/zero | tail > /dev/null; echo $?"), b"").await;
            assert!(!text.starts_with("0|0|"), "{text}");
        }
    }
    machine.stop().await.unwrap();
}

async fn refusals(bed: &Bed) {
    let refused = async |spec: Spec, part: &str| {
        let error = Sandbox::start(&bed.launcher, &spec, &bed.abilities).await.unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    };
    let mut spec = bed.spec("refused-capability");
    spec.capabilities.add.push("FLY".to_owned());
    refused(spec, "there is no capability `FLY`").await;
    let mut spec = bed.spec("refused-lower");
    spec.lower.push("/no/such/tree".into());
    refused(spec, "No such file or directory").await;
    let mut spec = bed.spec("refused-bind");
    spec.binds.push(Bind { host: "/no/such/file".into(), machine: "/x".into(), read_only: false });
    refused(spec, "cannot mount /no/such/file at /x").await;
    users::assert_gone("__machine");
}

/// Starts a machine with a program in it, says so, and waits to be killed.
pub fn hold_and_be_killed() -> ExitCode {
    let dir = users::directory();
    runtime().block_on(async {
        let bed = Bed::new(dir.path()).await;
        let mut spec = bed.spec("held");
        spec.limits.pids = Some(100);
        let machine = bed.start(&spec).await;
        let _process = machine.exec(shell("trap '' TERM INT HUP; sleep 27182 & sleep 27182")).await.unwrap();
        say(&format!("{}", dir.path().display()));
        std::future::pending::<()>().await;
    });
    ExitCode::SUCCESS
}

/// Killed without a chance to tidy, the caller leaves nothing that runs and nothing mounted.
fn killed(dir: &Path) {
    use std::io::BufRead;
    let mut child =
        users::again(&["hold-and-be-killed"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    users::assert_gone("sleep 27182");
    users::assert_gone("__machine");
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(line.trim()) && !mounts.contains(&*dir.to_string_lossy()), "{mounts}");
    std::fs::remove_dir_all(line.trim()).unwrap();
    say("killed: nothing is left");
}
