//! From exec to the first frame, beside the pagers and editors that people already think of as instant.
//!
//! Each program is started in a pseudo-terminal of 80x24 of its own. The clock starts before the fork. It stops when
//! an emulator (`vt100`), fed with the bytes as they come, shows what tells that the program is drawn. The programs
//! take turns, round by round, so that whatever else the machine does meets them all alike. No query of a program
//! is answered: a first frame must not wait for a terminal's answer.
//!
//! Then the resident memory of `sysdrill`, on Today and with a page open whose demo runs, and its context switches
//! over ten idle seconds (Linux only). `docs/performance.md` has the figures; run it with
//! `cargo bench --bench first_frame [-- --rounds N] [--also PATH]`; `--also` measures another build of the program in
//! the same turns. Without `--bench`, as in `cargo test --all-targets`, it makes one round and measures nothing.

#[cfg(unix)]
mod shared;

#[cfg(unix)]
fn main() -> anyhow::Result<()> {
    measure::main()
}

#[cfg(not(unix))]
fn main() {
    println!("first_frame: pseudo-terminals are measured on Unix only");
}

#[cfg(unix)]
mod measure {
    use std::fs;
    use std::io::{Read, Write};
    use std::num::NonZeroU16;
    use std::path::{Path, PathBuf};
    use std::sync::mpsc::{self, RecvTimeoutError};
    use std::thread;
    use std::time::{Duration, Instant};

    use anyhow::{Context, Result, ensure};
    use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
    use sysdrill::app::Start;
    use sysdrill::memory::Moment;

    use super::shared::{self, Learner, TOPIC};

    const COLUMNS: u16 = 80;
    const ROWS: u16 = 24;
    const ROUNDS: usize = 50;
    const WARM_UP: usize = 5;
    const IDLE: Duration = Duration::from_secs(10);
    /// No program here takes this long: one that does is stuck.
    const LIMIT: Duration = Duration::from_secs(20);

    /// Whether the screen is drawn.
    type Drawn = fn(&vt100::Screen) -> bool;

    /// A program to be started.
    struct Program {
        name: String,
        path: PathBuf,
        arguments: Vec<String>,
        drawn: Drawn,
    }

    pub fn main() -> Result<()> {
        let arguments: Vec<String> = std::env::args().collect();
        let measures = arguments.iter().any(|argument| argument == "--bench");
        let option = |name| {
            arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1))
        };
        let rounds = match option("--rounds") {
            Some(count) => count.parse().context("--rounds takes a number")?,
            None => ROUNDS,
        };
        let learner = Learner::studied_until(now());
        let small = learner.data().join("small.txt");
        fs::write(
            &small,
            (1..=100).map(|line| format!("line {line} of a small file\n")).collect::<String>(),
        )?;
        let mut programs = programs(&small);
        if let Some(path) = option("--also") {
            programs.insert(1, Program { name: "also".into(), path: path.into(), ..sysdrill(&[]) });
        }
        if !measures {
            programs.iter().try_for_each(|program| Run::first_frame(program, &learner).map(|_| ()))?;
            return Ok(());
        }
        times(&programs, &learner, rounds)?;
        println!();
        memory_and_idle(&learner, &programs)
    }

    /// Progress up to yesterday, so that Today has something to say.
    fn now() -> Moment {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Moment { utc_millis: i64::try_from(since.as_millis()).unwrap_or(0), offset_minutes: 0 }
    }

    /// The program itself. The way back stands in its last row, which is written last.
    fn sysdrill(arguments: &[&str]) -> Program {
        Program {
            name: "sysdrill".into(),
            path: env!("CARGO_BIN_EXE_sysdrill").into(),
            arguments: arguments.iter().map(ToString::to_string).collect(),
            drawn: |screen| ["q quit", "q back"].iter().any(|way| text(screen, ROWS - 1).contains(way)),
        }
    }

    /// What is measured: all that is installed of it.
    fn programs(small: &Path) -> Vec<Program> {
        let file = vec![small.display().to_string()];
        let mut programs = vec![sysdrill(&[])];
        let others: [(&str, Vec<String>, Drawn); 3] = [
            ("less", file.clone(), |screen| {
                text(screen, 0).starts_with("line 1 ") && text(screen, ROWS - 1).contains("small.txt")
            }),
            ("htop", Vec::new(), |screen| text(screen, ROWS - 1).contains("Quit")),
            ("vi", file, |screen| {
                text(screen, 0).starts_with("line 1 ") && text(screen, ROWS - 1).contains("small.txt")
            }),
        ];
        for (name, arguments, drawn) in others {
            match find(name) {
                Some(path) => programs.push(Program { name: name.into(), path, arguments, drawn }),
                None => println!("{name} is not installed and not measured"),
            }
        }
        programs
    }

    fn find(name: &str) -> Option<PathBuf> {
        std::env::split_paths(&std::env::var_os("PATH")?)
            .map(|folder| folder.join(name))
            .find(|path| path.is_file())
    }

    fn text(screen: &vt100::Screen, row: u16) -> String {
        screen.rows(0, COLUMNS).nth(usize::from(row)).unwrap_or_default()
    }

    /// The programs in turns; prints median, 10th and 90th percentile, and the median over that of `less`.
    fn times(programs: &[Program], learner: &Learner, rounds: usize) -> Result<()> {
        ensure!(rounds > 0, "--rounds takes at least 1");
        let mut taken = vec![Vec::new(); programs.len()];
        for round in 0..WARM_UP + rounds {
            for (program, taken) in programs.iter().zip(&mut taken) {
                let (_, time) = Run::first_frame(program, learner)?;
                if round >= WARM_UP {
                    taken.push(time.as_secs_f64() * 1000.0);
                }
            }
        }
        for times in &mut taken {
            times.sort_by(f64::total_cmp);
        }
        let less =
            programs.iter().position(|program| program.name == "less").map(|at| quantile(&taken[at], 0.5));
        println!("first frame, {COLUMNS}x{ROWS}, {rounds} rounds");
        println!("{:<10} {:>9} {:>9} {:>9} {:>8}", "program", "median", "10 %", "90 %", "of less");
        for (program, times) in programs.iter().zip(&taken) {
            let [median, low, high] = [0.5, 0.1, 0.9].map(|share| quantile(times, share));
            let ratio = less.map_or_else(|| "-".to_string(), |less| format!("{:.2}", median / less));
            println!("{:<10} {median:>6.2} ms {low:>6.2} ms {high:>6.2} ms {ratio:>8}", program.name);
        }
        Ok(())
    }

    /// A quantile of sorted values, by the nearest rank.
    fn quantile(sorted: &[f64], share: f64) -> f64 {
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted[rank.clamp(1, sorted.len()) - 1]
    }

    fn memory_and_idle(learner: &Learner, programs: &[Program]) -> Result<()> {
        if !Path::new("/proc/self/status").exists() {
            println!("memory and context switches: not told by this system");
            return Ok(());
        }
        let mut mine = None;
        for program in programs {
            let (run, _) = Run::first_frame(program, learner)?;
            println!("{:<10} first frame drawn: {}", program.name, run.resident()?);
            mine = mine.or(Some(run));
        }
        let mut run = mine.context("nothing was measured")?;
        // Idle on Today. What the start left to do is done by now: the other programs were started meanwhile.
        let before = run.switches()?;
        thread::sleep(IDLE);
        let after = run.switches()?;
        println!(
            "sysdrill   context switches of all threads in {} idle s: {}",
            IDLE.as_secs(),
            after - before
        );
        // A page, and its first demo playing.
        let mut model = learner.model((COLUMNS, ROWS));
        shared::start(&mut model, Start::Topic(TOPIC.into()));
        let tabs = shared::tab_to_demo(&mut model);
        drop(run);
        (run, _) = Run::first_frame(&sysdrill(&["read", TOPIC]), learner)?;
        println!("sysdrill   a page open: {}", run.resident()?);
        for _ in 0..tabs {
            run.send(b"\t")?;
        }
        run.send(b"\r")?;
        run.read_until(|screen| text(screen, ROWS - 1).contains("pause"))?;
        println!("sysdrill   its demo playing: {}", run.resident()?);
        // The end of the run: then nothing plays any more.
        run.read_until(|screen| text(screen, ROWS - 1).contains("play"))?;
        println!("sysdrill   its demo at its end: {}", run.resident()?);
        Ok(())
    }

    /// A program that runs. Dropping it ends it.
    struct Run {
        child: Box<dyn Child + Send + Sync>,
        reader: Box<dyn Read + Send>,
        writer: Box<dyn Write + Send>,
        terminal: vt100::Parser,
        _master: Box<dyn MasterPty + Send>,
    }

    impl Run {
        /// Starts a program and waits until it is drawn. Returns how long that took.
        fn first_frame(program: &Program, learner: &Learner) -> Result<(Run, Duration)> {
            let size = PtySize { rows: ROWS, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
            let pair = native_pty_system().openpty(size)?;
            let mut command = CommandBuilder::new(&program.path);
            command.args(&program.arguments);
            command.env_clear();
            for name in ["PATH", "HOME"] {
                if let Some(value) = std::env::var_os(name) {
                    command.env(name, value);
                }
            }
            command.env("TERM", "xterm-256color");
            command.env("LANG", "C.UTF-8");
            command.env("SYSDRILL_DATA", learner.data());
            let (reader, writer) = (pair.master.try_clone_reader()?, pair.master.take_writer()?);
            let terminal = vt100::Parser::new(cells(ROWS), cells(COLUMNS), 0);
            let start = Instant::now();
            let child = pair
                .slave
                .spawn_command(command)
                .with_context(|| format!("{} does not start", program.name))?;
            drop(pair.slave);
            let mut run = Run { child, reader, writer, terminal, _master: pair.master };
            run.read_until(program.drawn).with_context(|| format!("{} is not drawn", program.name))?;
            Ok((run, start.elapsed()))
        }

        /// Reads what the program sends until the screen is as wanted. A program that is stuck is killed, and
        /// then its output ends.
        fn read_until(&mut self, wanted: impl Fn(&vt100::Screen) -> bool) -> Result<()> {
            let (done, waits) = mpsc::channel::<()>();
            let mut killer = self.child.clone_killer();
            let guard = thread::spawn(move || {
                if waits.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
                    // What is dead already cannot be killed, and that is as well.
                    let _ = killer.kill();
                }
            });
            let mut buffer = [0; 65536];
            let mut read = || -> Result<()> {
                while !wanted(self.terminal.screen()) {
                    let count = self.reader.read(&mut buffer).unwrap_or(0);
                    ensure!(
                        count > 0,
                        "it ended or was stuck; its screen:\n{}",
                        self.terminal.screen().contents()
                    );
                    self.terminal.process(buffer.get(..count).unwrap_or_default());
                }
                Ok(())
            };
            let result = read();
            drop(done);
            let _ = guard.join();
            result
        }

        fn send(&mut self, bytes: &[u8]) -> Result<()> {
            self.writer.write_all(bytes)?;
            Ok(self.writer.flush()?)
        }

        fn process(&self) -> Result<PathBuf> {
            let id = self.child.process_id().context("it runs")?;
            Ok(PathBuf::from(format!("/proc/{id}")))
        }

        /// Resident memory, and how much of it is the program's own and not pages of files.
        fn resident(&self) -> Result<String> {
            let status = fs::read_to_string(self.process()?.join("status"))?;
            let megabytes =
                |name| number(&status, name).map_or(f64::NAN, |kilobytes| kilobytes as f64 / 1024.0);
            let [all, own] = ["VmRSS:", "RssAnon:"].map(megabytes);
            Ok(format!("{all:.1} MB resident, {own:.1} MB of it not backed by files"))
        }

        /// The context switches of all threads since they began.
        fn switches(&self) -> Result<u64> {
            let mut sum = 0;
            for task in fs::read_dir(self.process()?.join("task"))? {
                let status = fs::read_to_string(task?.path().join("status"))?;
                for name in ["voluntary_ctxt_switches:", "nonvoluntary_ctxt_switches:"] {
                    sum += number(&status, name).context("the system counts context switches")?;
                }
            }
            Ok(sum)
        }
    }

    impl Drop for Run {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    /// The number behind a name in a status file.
    fn number(status: &str, name: &str) -> Option<u64> {
        let rest = status.lines().find_map(|line| line.strip_prefix(name))?;
        rest.split_whitespace().next()?.parse().ok()
    }

    fn cells(count: u16) -> NonZeroU16 {
        NonZeroU16::new(count).unwrap_or(NonZeroU16::MIN)
    }
}
