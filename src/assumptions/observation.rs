//! What a tenant answered to requests, and what of it settles a question.
//! Never sends a request: `probe` does.

use serde_json::Value;

/// Why the question of an experiment is open that was not made.
pub(super) const NEEDS_WRITING: &str = "only `--write` can tell, in a tenant that has such objects";

/// The longest code that is shown.
const LONGEST_CODE: usize = 60;

/// A request to a tenant and its response.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The purpose, unless it is to read what the path names.
    pub purpose: Purpose,
    /// The method.
    pub method: &'static str,
    /// `v1.0` or `beta`.
    pub version: String,
    /// The path without the query, with `{…}` in place of ids.
    pub route: String,
    /// The path without the query.
    pub path: String,
    /// The status of the response.
    pub status: u16,
    /// The body of the response.
    pub body: Value,
}

/// Why a request was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To read what the path names. A listing has the entries of all its pages that were read.
    Read,
    /// To read one of several pages of the listing in the observation before it.
    Page,
    /// To read a listing with `$expand`.
    Expand,
    /// To read an object that does not exist.
    MissingObject,
    /// To read the texts of a page that the tenant has not changed.
    UnchangedPage,
    /// To settle the question of this name with objects that exist for it.
    Experiment(&'static str),
}

/// With what the display name of every object begins that is created for an experiment.
pub const PROBE_NAME: &str = "entraflow-probe-";

/// All that a tenant answered, in the order of the requests.
#[derive(Clone, Debug, Default)]
pub struct Observations {
    /// Requests and responses.
    pub all: Vec<Observation>,
    /// The orders in which batches answered their requests.
    pub batch_orders: Vec<Vec<usize>>,
    /// The permissions of the token; `None` if the token is opaque.
    pub permissions: Option<Vec<String>>,
}

/// What observations say about a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding<A> {
    /// The tenant gave this answer.
    Answer(A),
    /// The tenant gave none of the answers; what it did instead, without words of the tenant.
    Unlike(String),
    /// The tenant was not asked, and why.
    NotSeen(&'static str),
}

impl<A> Finding<A> {
    /// The same finding with the answer in another form.
    pub fn map<B>(self, convert: impl FnOnce(A) -> B) -> Finding<B> {
        match self {
            Self::Answer(answer) => Finding::Answer(convert(answer)),
            Self::Unlike(what) => Finding::Unlike(what),
            Self::NotSeen(why) => Finding::NotSeen(why),
        }
    }
}

impl<A: PartialEq> Finding<A> {
    /// What several observations of one question say together.
    pub fn of_all(answers: impl IntoIterator<Item = A>, if_none: &'static str) -> Self {
        let mut answers = answers.into_iter();
        match answers.next() {
            None => Self::NotSeen(if_none),
            Some(first) if answers.all(|other| other == first) => Self::Answer(first),
            Some(_) => Self::Unlike("different answers to different requests".to_owned()),
        }
    }
}

impl Observation {
    /// The entries of a listing; none if the response is no listing.
    pub fn entries(&self) -> &[Value] {
        let list = self.body["value"].as_array().filter(|_| self.is_success());
        list.map_or(&[], Vec::as_slice)
    }

    /// The ids of the entries of a listing.
    pub fn ids(&self) -> Vec<&str> {
        let entries = self.entries().iter();
        entries.filter_map(|entry| entry["id"].as_str()).collect()
    }

    /// Whether the response is a success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The code of an error, in either place.
    pub fn code(&self) -> Option<&str> {
        let error = self.body.get("error").unwrap_or(&self.body);
        error["code"].as_str().filter(|_| !self.is_success())
    }

    /// The code of an error, if it is a word of Graph: letters, digits and `_`. Another one may quote the tenant.
    pub fn shown_code(&self) -> Option<&str> {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let is_word = |code: &str| code.len() <= LONGEST_CODE && code.bytes().all(is_part);
        self.code()
            .map(|code| if is_word(code) { code } else { "(other)" })
    }
}

impl Observations {
    /// The requests of a purpose.
    pub fn of(&self, purpose: Purpose) -> impl Iterator<Item = &Observation> {
        self.all.iter().filter(move |seen| seen.purpose == purpose)
    }

    /// The number of requests that were not reads.
    pub fn writes(&self) -> usize {
        self.all.iter().filter(|seen| seen.method != "GET").count()
    }

    /// What the experiment of a question answered, in the order of its requests.
    pub fn experiment(&self, name: &'static str) -> Vec<&Observation> {
        self.of(Purpose::Experiment(name)).collect()
    }

    /// The last response of the experiment of a question: earlier reads may show what was before a write.
    pub fn last_of(&self, name: &'static str) -> Option<&Observation> {
        self.experiment(name).pop()
    }

    /// The answer that the status of an experiment's last response is.
    pub fn by_status<A: Copy>(&self, name: &'static str, answers: &[(u16, A)]) -> Finding<A> {
        match self.last_of(name) {
            None => Finding::NotSeen(NEEDS_WRITING),
            Some(last) => match answers.iter().find(|(status, _)| *status == last.status) {
                Some((_, answer)) => Finding::Answer(*answer),
                None => Finding::Unlike(format!("status {}", last.status)),
            },
        }
    }

    /// The reads of a route: the end of one.
    pub fn reads<'a>(&'a self, route: &'a str) -> impl Iterator<Item = &'a Observation> {
        self.of(Purpose::Read)
            .filter(move |seen| seen.route.ends_with(route))
    }

    /// The read of what is at a path beside that of another observation: `name` in place of its last segment.
    pub fn beside(&self, other: &Observation, name: &str) -> Option<&Observation> {
        let (parent, _) = other.path.rsplit_once('/')?;
        self.read_at(other, &format!("{parent}/{name}"))
    }

    /// The read of what is below the path of another observation.
    pub fn below(&self, other: &Observation, rest: &str) -> Option<&Observation> {
        self.read_at(other, &format!("{}/{rest}", other.path))
    }

    fn read_at(&self, other: &Observation, path: &str) -> Option<&Observation> {
        self.of(Purpose::Read)
            .find(|seen| seen.path == path && seen.version == other.version)
    }

    /// The pages of each listing that has several.
    pub fn paged(&self) -> impl Iterator<Item = &[Observation]> {
        let same = |a: &Observation, b: &Observation| a.purpose == b.purpose;
        let chunks = self.all.chunk_by(same);
        chunks.filter(|chunk| chunk[0].purpose == Purpose::Page)
    }
}
