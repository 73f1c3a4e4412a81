//! Programs and tasks in machines.

use crate::bed::{Bed, run, settle, shell, task, words};
use sandbox::{Exec, Ids, Stdin, TaskIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

pub async fn programs(bed: &Bed) {
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

pub async fn users_and_groups(bed: &Bed) {
    let machine = bed.start(&bed.spec("users")).await;
    let who = async |user: &str, expected: &str| {
        let exec = Exec { user: user.to_owned(), ..shell("echo $(id -u):$(id -g) $(id -G) $HOME") };
        let actual = run(&machine, exec, b"").await;
        assert!(actual.contains(expected), "{user}: {actual}");
    };
    who("nobody", "there is no user `nobody` in the machine's /etc/passwd").await;
    if bed.abilities.ids == Ids::Single {
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

pub async fn output_and_input(bed: &Bed) {
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

pub async fn terminals(bed: &Bed) {
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

pub async fn signals(bed: &Bed) {
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

pub async fn tasks(bed: &Bed) {
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

pub async fn tasks_outside(bed: &Bed) {
    let path = bed.dir.join("owned").to_string_lossy().into_owned();
    let outside = async |name: &str, args: &str| {
        let answer =
            sandbox::task_outside(&bed.launcher, &bed.abilities, name, args.into(), TaskIo::default()).await;
        answer.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).map_err(|error| error.to_string())
    };
    assert_eq!(outside("fail", "words").await, Err("words".to_owned()));
    match bed.abilities.ids {
        Ids::Single => assert!(outside("own", &path).await.unwrap_err().contains("Invalid argument")),
        _ => assert_eq!(outside("own", &path).await, Ok("secret 7:8".to_owned())),
    }
}
