//! A server on Postgres when its database is not there, not large enough, or not to be trusted.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::combos::Combo;
use crate::http::{exchange, message, request};
use crate::postgres_server::{PASSWORD, Postgres};
use crate::support::{Project, Server, free_port, generated, run};
use crate::trial;

/// Billions of rows.
const ENDLESS: &str = "SELECT count(*) FROM orders a, orders b, orders c, orders d, orders e, orders f, orders g, orders h, \
     orders i, orders j";

/// A test and the sentence that it proves.
type Case = (&'static str, fn() -> Result<()>);

pub fn trials() -> Vec<Trial> {
    let cases: [Case; 7] = [
        ("a_server_outlives_its_database", outlives),
        ("replicas_that_start_together_are_all_well", together),
        ("a_role_that_may_only_read_is_enough", reader),
        ("too_few_connections_are_said_in_time", too_few),
        ("a_huge_value_stays_in_the_database", huge),
        ("tls_is_what_sslmode_says", tls),
        ("the_composition_makes_the_role_that_it_uses", composed),
    ];
    let cases = cases.into_iter();
    cases
        .map(|(name, test)| trial(format!("postgres::{name}"), test))
        .collect()
}

fn project() -> Result<&'static Project> {
    static PROJECT: OnceLock<Result<Project, String>> = OnceLock::new();
    let build = || {
        let combo: Combo = [
            ("starter", "toolhub"),
            ("database", "postgres"),
            ("transport", "http"),
            ("container", "docker"),
        ]
        .map(|(option, choice)| (option.to_owned(), choice.to_owned()))
        .into();
        let project = Project::generate("postgres", "postgres-orders", &combo, &[])?;
        project.cargo(&["build", "--quiet"])?;
        Ok(project)
    };
    let project =
        PROJECT.get_or_init(|| build().map_err(|error: anyhow::Error| format!("{error:#}")));
    project.as_ref().map_err(|error| anyhow!("{error}"))
}

/// A server that works on this database.
struct Replica {
    server: Server,
    port: u16,
}

impl Replica {
    fn start(url: &str, env: &[(&str, &str)]) -> Result<Self> {
        let port = free_port()?;
        let mut command = Command::new(project()?.server());
        command
            .env("DATABASE_URL", url)
            .env("MCP_DATABASE_SEED", "true")
            .env("MCP_PORT", port.to_string())
            .envs(env.iter().copied());
        let server = Server::start(&mut command, port)?;
        Ok(Self { server, port })
    }

    fn call(&self, tool: &str, arguments: &Value) -> Result<Value> {
        let params = json!({"name": tool, "arguments": arguments});
        let response = exchange(self.port, &request("tools/call", tool, params))?;
        Ok(message(&response)?["result"].take())
    }

    fn query(&self, sql: &str) -> Result<Value> {
        self.call("run_query", &json!({"sql": sql}))
    }

    fn works(&self) -> Result<()> {
        let order = self.call("get_order", &json!({"order_id": "ORD-1001"}))?;
        ensure!(order["structuredContent"]["id"] == "ORD-1001", "{order}");
        let count = self.query("SELECT count(*) FROM orders")?;
        ensure!(
            count["structuredContent"]["rows"] == json!([[12]]),
            "{count}"
        );
        Ok(())
    }

    /// Wait until `/readyz` answers with this status.
    fn probes(&self, status: &str) -> Result<()> {
        let started = Instant::now();
        let probe = "GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        loop {
            let answer = exchange(self.port, probe)?;
            if answer.starts_with(&format!("HTTP/1.1 {status} ")) {
                return Ok(());
            }
            ensure!(started.elapsed() < Duration::from_secs(10), "{answer}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What a caller reads who gets no order.
    fn complaint(&self) -> Result<String> {
        let result = self.call("get_order", &json!({"order_id": "ORD-1001"}))?;
        ensure!(result["isError"] == true, "{result}");
        let text = result["content"][0]["text"].as_str();
        Ok(text.context("a text")?.to_owned())
    }
}

/// Nothing that the program has written shows where its database is, or how it gets in.
fn tells_no_secret(port: u16) -> Result<()> {
    let log = fs::read_to_string(generated().join("server.log"))?;
    for secret in [PASSWORD, &port.to_string(), "SELECT"] {
        ensure!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
    Ok(())
}

fn outlives() -> Result<()> {
    let mut postgres = Postgres::start()?;
    let url = postgres.database()?.url();
    let replica = Replica::start(&url, &[])?;
    for _ in 0..2 {
        replica.works()?;
        replica.probes("200")?;
        postgres.stop()?;
        let started = Instant::now();
        let complaint = replica.complaint()?;
        ensure!(
            complaint == "the database cannot be read; try again in a moment",
            "{complaint}"
        );
        ensure!(started.elapsed() < Duration::from_secs(5), "slow to say so");
        replica.probes("503")?;
        postgres.resume()?;
        replica.works()?;
    }
    tells_no_secret(postgres.port)
}

fn together() -> Result<()> {
    let postgres = Postgres::start()?;
    let url = postgres.database()?.url();
    project()?;
    let replicas = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| Replica::start(&url, &[])))
            .collect();
        let started = starting.into_iter();
        started
            .map(|replica| replica.join().map_err(|_| anyhow!("a panic"))?)
            .collect::<Result<Vec<_>>>()
    })?;
    replicas.iter().try_for_each(Replica::works)
}

fn reader() -> Result<()> {
    let postgres = Postgres::start()?;
    let mut database = postgres.database()?;
    Replica::start(&database.url(), &[])?.works()?;
    let role = format!("CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}' CONNECTION LIMIT 50");
    postgres.sql(&database.name, &role)?;
    let security = fs::read_to_string(project()?.dir.join("SECURITY.md"))?;
    let grant = security.lines().map(str::trim);
    let grant = grant.clone().find(|line| line.starts_with("GRANT SELECT"));
    let grant = grant.context("a grant")?.replace("orders_reader", "reader");
    postgres.sql(&database.name, &grant)?;
    "reader".clone_into(&mut database.role);
    let unseeded = [("MCP_DATABASE_SEED", "false")];
    Replica::start(&database.url(), &unseeded)?.works()
}

fn too_few() -> Result<()> {
    let postgres = Postgres::start()?;
    let database = postgres.database()?;
    let replica = Replica::start(&database.url(), &[])?;
    let limit = format!("ALTER ROLE {} CONNECTION LIMIT 1", database.role);
    postgres.sql("postgres", &limit)?;
    let started = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| replica.query(ENDLESS));
        std::thread::sleep(Duration::from_millis(500));
        let complaint = replica.complaint()?;
        ensure!(
            complaint.contains("the database cannot be read"),
            "{complaint}"
        );
        Ok(())
    })?;
    ensure!(started.elapsed() < Duration::from_secs(8), "slow to say so");
    replica.works()?;
    tells_no_secret(postgres.port)
}

fn huge() -> Result<()> {
    let postgres = Postgres::start()?;
    let database = postgres.database()?;
    let replica = Replica::start(&database.url(), &[])?;
    replica.works()?;
    let before = replica.server.peak_memory()?;
    // Texts of 32 MiB.
    let grow = "UPDATE items SET name = repeat('x', 1 << 25)";
    postgres.sql(&database.name, grow)?;
    for sql in [
        "SELECT name FROM items",
        "SELECT name FROM items LIMIT 1",
        "SELECT upper(name) FROM items ORDER BY 1",
        "SELECT a.name || b.name FROM items a, items b",
    ] {
        let result = replica.query(sql)?;
        let size = result.to_string().len();
        ensure!(size < 600_000, "{sql}: {size} bytes");
    }
    let grown = replica.server.peak_memory()? - before;
    // The allocator keeps some of what each thread has freed.
    ensure!(grown < 48 * 1024, "{grown} KiB more");
    replica.works()
}

fn tls() -> Result<()> {
    let postgres = Postgres::start_with(|folder| {
        certificate(folder)?;
        Ok(vec![
            "ssl=on".to_owned(),
            format!("ssl_cert_file={}", folder.join("server.pem").display()),
            format!("ssl_key_file={}", folder.join("server.key").display()),
        ])
    })?;
    let database = postgres.database()?;
    let roots = generated().join("postgres/authority.pem");
    fs::create_dir_all(roots.parent().context("a folder")?)?;
    fs::copy(postgres.file("authority.pem"), &roots)?;
    let url = |host: &str, options: &str| {
        let url = database.url().replace("127.0.0.1", host);
        format!("{url}?{options}")
    };
    let trusted = format!("sslrootcert={}", roots.display());
    for mode in ["require", "verify-full"] {
        let replica = Replica::start(&url("localhost", &format!("{trusted}&sslmode={mode}")), &[])?;
        replica.works()?;
        let encrypted = postgres.sql(
            "postgres",
            "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
             WHERE usename <> 'postgres'",
        )?;
        ensure!(encrypted.trim() == "t", "{mode}: {encrypted}");
    }
    refuses(&url("localhost", "sslmode=require"), "certificate")?;
    refuses(
        &url("127.0.0.1", &format!("{trusted}&sslmode=require")),
        "not valid for name",
    )?;

    let plain = Postgres::start()?;
    let url = format!("{}?{trusted}&sslmode=require", plain.database()?.url());
    refuses(&url, "TLS")
}

/// The program ends, says why, and nothing else.
fn refuses(url: &str, why: &str) -> Result<()> {
    let mut command = Command::new(project()?.server());
    command.env("DATABASE_URL", url).env("MCP_PORT", "0");
    let Err(error) = run(&mut command) else {
        bail!("it trusts what it should not");
    };
    let error = error.to_string();
    // What was run is in front of it.
    let said = error.rsplit("exit status: 1").next().unwrap_or_default();
    ensure!(said.contains(why), "{said}");
    ensure!(!said.contains(PASSWORD), "{said}");
    Ok(())
}

/// An authority, and a server's certificate for `localhost`.
fn certificate(folder: &Path) -> Result<()> {
    let openssl = |line: &str| {
        run(Command::new("openssl")
            .args(line.split(' '))
            .current_dir(folder))
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc";
    openssl(&format!(
        "req -x509 {key} -keyout authority.key -out authority.pem -subj /CN=authority"
    ))?;
    let names = "-subj /CN=server -addext subjectAltName=DNS:localhost";
    openssl(&format!(
        "req -x509 {key} -keyout server.key -out server.pem {names} \
         -addext basicConstraints=critical,CA:FALSE -CA authority.pem -CAkey authority.key"
    ))?;
    Ok(())
}

/// The role of `compose.yaml` is made by the very script that the database's container runs.
fn composed() -> Result<()> {
    let dir = &project()?.dir;
    let compose = fs::read_to_string(dir.join("compose.yaml"))?;
    let compose: Value = serde_yaml_ng::from_str(&compose)?;
    let database = &compose["services"]["database"];
    let script = database["volumes"][0].as_str().context("a volume")?;
    let (script, _) = script.split_once(':').context("two paths")?;
    ensure!(
        compose["networks"]["database"]["internal"] == true,
        "{compose}"
    );
    ensure!(database["ports"].is_null(), "the database is published");

    let postgres = Postgres::start()?;
    let mut init = Command::new("sh");
    init.arg(script)
        .current_dir(dir)
        .env("DATABASE_PASSWORD", PASSWORD);
    run(postgres.as_superuser(&mut init))?;
    ensure!(
        postgres.sql("postgres", "SELECT 1").is_err(),
        "the superuser still has a password"
    );
    let url = &compose["services"]["server"]["environment"]["DATABASE_URL"];
    let url = url.as_str().context("a URL")?;
    let (start, rest) = url
        .split_once("${DATABASE_PASSWORD")
        .context("a password")?;
    let (_, end) = rest.split_once('}').context("a password")?;
    let address = format!("@127.0.0.1:{}/", postgres.port);
    let url = format!("{start}{PASSWORD}{end}").replace("@database/", &address);
    Replica::start(&url, &[])?.works()
}
