//! NIXL's Python API, in a process of its own that times the operations itself.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use nixl::Nixl;

use crate::binding::{
    BACKEND, BUFFER_BYTES, Binding, LISTED_BYTES, MOST_BLOCKS, Operation, PARAMETER, POSTED_BYTES,
    Result,
};

const OPERATIONS: &str = include_str!("operations.py");

/// What lists are made of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Tuples,
    Arrays,
}

pub struct Python {
    form: Form,
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// Starts `python`, which must have the NIXL wheel of the version that this process has loaded.
    pub fn new(python: &OsStr, form: Form, nixl: &Nixl) -> Result<Self> {
        let sizes = [POSTED_BYTES, LISTED_BYTES, MOST_BLOCKS, BUFFER_BYTES];
        let mut command = Command::new(python);
        let form_word = if form == Form::Arrays { "numpy" } else { "tuples" };
        command.args(["-c", OPERATIONS, form_word, BACKEND, PARAMETER.0, PARAMETER.1]);
        command.args(sizes.map(|size| size.to_string()));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let (requests, answers) = (child.stdin.take(), child.stdout.take());
        let (requests, answers) = requests.zip(answers).ok_or("Python has no pipes")?;
        let mut python = Self { form, child, requests, answers: BufReader::new(answers) };
        match python.answer()?.as_str() {
            "ready" => Ok(python),
            other => {
                let version = nixl.library().installation().version.as_deref();
                Err(format!("Python with NIXL {}: {other}", version.unwrap_or("?")).into())
            }
        }
    }

    fn answer(&mut self) -> Result<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        match line.trim() {
            "" => Err("Python ended; can it import nixl_cu12 and numpy?".into()),
            answer => Ok(answer.to_owned()),
        }
    }
}

impl Binding for Python {
    fn name(&self) -> &'static str {
        match self.form {
            Form::Tuples => "NIXL's Python API, tuples",
            Form::Arrays => "NIXL's Python API, numpy",
        }
    }

    fn time(&mut self, operation: Operation) -> Result<u64> {
        let (word, count) = match operation {
            Operation::PostAndPoll(times) => ("post_and_poll", times),
            Operation::Create(count) => ("create", count),
            Operation::Prepare(count) => ("prepare", count),
        };
        writeln!(self.requests, "{word} {count}")?;
        Ok(self.answer()?.parse()?)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
