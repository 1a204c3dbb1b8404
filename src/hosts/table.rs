//! The hosts, one row each.

use super::{
    CommandShape, Files, Fixed, Format, Host, HttpShape, Pick, Program, StdioShape, Variables,
};
use crate::edit::json::Dialect;

const STRICT: Format = Format::Json(Dialect::Strict);
const COMMENTS: Format = Format::Json(Dialect::Comments);

const SPLIT: StdioShape = StdioShape {
    kind: None,
    command: CommandShape::Split("command"),
    env: "env",
    env_file: None,
};
const TYPED: StdioShape = StdioShape {
    kind: Some(("type", "stdio")),
    ..SPLIT
};
const URL: HttpShape = HttpShape {
    kind: None,
    url: "url",
};
const TYPED_URL: HttpShape = HttpShape {
    kind: Some(("type", "http")),
    ..URL
};

/// The same file on every system.
const fn files(project: &'static [&'static str], user: &'static [&'static str]) -> Files {
    Files {
        project,
        linux: user,
        mac: user,
        windows: user,
        pick: Pick::First,
    }
}

/// Where a host's own extension of VS Code keeps its settings.
macro_rules! extension {
    ($path:literal) => {
        Files {
            project: &[],
            linux: &[concat!("{config}/Code/User/globalStorage/", $path)],
            mac: &[concat!("{support}/Code/User/globalStorage/", $path)],
            windows: &[concat!("{appdata}/Code/User/globalStorage/", $path)],
            pick: Pick::First,
        }
    };
}

/// What most hosts have in common; each row says the rest.
const HOST: Host = Host {
    id: "",
    title: "",
    format: COMMENTS,
    servers: &["mcpServers"],
    files: files(&[], &[]),
    desktop: false,
    reads_bom: true,
    program: None,
    stdio: SPLIT,
    http: Some(URL),
    fixed: &[],
    variables: Variables::None,
    notice: "",
};

/// Every host that this program knows.
pub static HOSTS: &[Host] = &[
    Host {
        id: "claude-code",
        title: "Claude Code",
        format: STRICT,
        files: files(&["{root}/.mcp.json"], &["{claude}/.claude.json"]),
        program: Some(Program {
            name: "claude",
            add: &["mcp", "add-json", "-s", "user", "{name}", "{json}"],
            remove: &["mcp", "remove", "-s", "user", "{name}"],
            needs: "install Claude Code, or give --scope project",
        }),
        stdio: TYPED,
        http: Some(TYPED_URL),
        variables: Variables::Written("${", "}"),
        notice: "start a new session; `/mcp` shows it",
        ..HOST
    },
    Host {
        id: "claude-desktop",
        title: "Claude Desktop",
        format: STRICT,
        files: Files {
            project: &[],
            linux: &["{config}/Claude/claude_desktop_config.json"],
            mac: &["{support}/Claude/claude_desktop_config.json"],
            windows: &[
                "{appdata}/Claude/claude_desktop_config.json",
                "{packages}/Claude_*/LocalCache/Roaming/Claude/claude_desktop_config.json",
            ],
            pick: Pick::Every,
        },
        desktop: true,
        // It drops every server then.
        reads_bom: false,
        http: None,
        notice: "quit and start the app again",
        ..HOST
    },
    Host {
        id: "vscode",
        title: "VS Code",
        servers: &["servers"],
        desktop: true,
        files: Files {
            project: &["{root}/.vscode/mcp.json"],
            linux: &["{config}/Code/User/mcp.json"],
            mac: &["{support}/Code/User/mcp.json"],
            windows: &["{appdata}/Code/User/mcp.json"],
            pick: Pick::First,
        },
        stdio: StdioShape {
            env_file: Some("envFile"),
            ..TYPED
        },
        http: Some(TYPED_URL),
        variables: Variables::Asked,
        notice: "run `MCP: List Servers` and start it",
        ..HOST
    },
    Host {
        id: "cursor",
        title: "Cursor",
        desktop: true,
        files: files(&["{root}/.cursor/mcp.json"], &["{home}/.cursor/mcp.json"]),
        stdio: StdioShape {
            env_file: Some("envFile"),
            ..SPLIT
        },
        variables: Variables::Written("${env:", "}"),
        notice: "switch it on in the settings, under MCP",
        ..HOST
    },
    Host {
        id: "codex",
        title: "Codex",
        format: Format::Toml,
        servers: &["mcp_servers"],
        files: files(&["{root}/.codex/config.toml"], &["{codex}/config.toml"]),
        variables: Variables::Named,
        notice: "start a new session; `/mcp` shows it",
        ..HOST
    },
    Host {
        id: "gemini",
        title: "Gemini CLI",
        files: files(
            &["{root}/.gemini/settings.json"],
            &["{home}/.gemini/settings.json"],
        ),
        http: Some(HttpShape {
            kind: None,
            url: "httpUrl",
        }),
        variables: Variables::Written("${", "}"),
        notice: "start a new session; `/mcp` shows it",
        ..HOST
    },
    Host {
        id: "zed",
        title: "Zed",
        servers: &["context_servers"],
        desktop: true,
        files: Files {
            project: &["{root}/.zed/settings.json"],
            linux: &["{config}/zed/settings.json"],
            mac: &["{home}/.config/zed/settings.json"],
            windows: &["{appdata}/Zed/settings.json"],
            pick: Pick::First,
        },
        notice: "nothing more to do: it notices the change",
        ..HOST
    },
    Host {
        id: "opencode",
        title: "opencode",
        servers: &["mcp"],
        files: Files {
            pick: Pick::Merged,
            ..files(
                &["{root}/opencode.jsonc", "{root}/opencode.json"],
                &[
                    "{config}/opencode/opencode.jsonc",
                    "{config}/opencode/opencode.json",
                ],
            )
        },
        stdio: StdioShape {
            kind: Some(("type", "local")),
            command: CommandShape::Joined,
            env: "environment",
            env_file: None,
        },
        http: Some(HttpShape {
            kind: Some(("type", "remote")),
            url: "url",
        }),
        variables: Variables::Written("{env:", "}"),
        notice: "start it again",
        ..HOST
    },
    Host {
        id: "windsurf",
        title: "Windsurf",
        desktop: true,
        files: files(&[], &["{home}/.codeium/windsurf/mcp_config.json"]),
        http: Some(HttpShape {
            kind: None,
            url: "serverUrl",
        }),
        variables: Variables::Written("${env:", "}"),
        notice: "refresh the list of servers in Cascade",
        ..HOST
    },
    Host {
        id: "kiro",
        title: "Kiro",
        desktop: true,
        files: files(
            &["{root}/.kiro/settings/mcp.json"],
            &["{home}/.kiro/settings/mcp.json"],
        ),
        variables: Variables::Written("${", "}"),
        notice: "nothing more to do: it notices the change",
        ..HOST
    },
    Host {
        id: "copilot-cli",
        title: "GitHub Copilot CLI",
        // `.mcp.json`, which it reads too, is Claude Code's.
        files: files(&["{root}/.github/mcp.json"], &["{copilot}/mcp-config.json"]),
        stdio: TYPED,
        http: Some(TYPED_URL),
        fixed: &[("tools", Fixed::Texts(&["*"]))],
        variables: Variables::Written("${", "}"),
        notice: "start a new session; `/mcp show` shows it",
        ..HOST
    },
    Host {
        id: "lm-studio",
        title: "LM Studio",
        desktop: true,
        // Its documentation has Cursor's notation, without variables; the path is not in it.
        files: files(&[], &["{home}/.lmstudio/mcp.json"]),
        notice: "switch it on in the sidebar, under Program",
        ..HOST
    },
    Host {
        id: "goose",
        title: "Goose",
        format: Format::Yaml,
        servers: &["extensions"],
        files: Files {
            windows: &["{appdata}/Block/goose/config/config.yaml"],
            ..files(&[], &["{config}/goose/config.yaml"])
        },
        desktop: true,
        stdio: StdioShape {
            kind: Some(("type", "stdio")),
            command: CommandShape::Split("cmd"),
            env: "envs",
            env_file: None,
        },
        http: Some(HttpShape {
            kind: Some(("type", "streamable_http")),
            url: "uri",
        }),
        fixed: &[
            ("enabled", Fixed::Yes),
            ("name", Fixed::Name),
            ("description", Fixed::Text("")),
            ("timeout", Fixed::Number("300")),
        ],
        // That headers may name what `env_keys` lists is from memory of its source, and not confirmed.
        variables: Variables::Listed {
            list: "env_keys",
            before: "${",
            after: "}",
        },
        notice: "start a new session",
        ..HOST
    },
    Host {
        id: "cline",
        title: "Cline",
        desktop: true,
        // Its command line has a list of its own, `~/.cline/data/settings/cline_mcp_settings.json`.
        files: extension!("saoudrizwan.claude-dev/settings/cline_mcp_settings.json"),
        http: Some(HttpShape {
            // Without a type it would speak the older SSE.
            kind: Some(("type", "streamableHttp")),
            ..URL
        }),
        variables: Variables::Written("${env:", "}"),
        notice: "nothing more to do: it notices the change",
        ..HOST
    },
    Host {
        id: "roo-code",
        title: "Roo Code",
        desktop: true,
        files: Files {
            project: &["{root}/.roo/mcp.json"],
            ..extension!("rooveterinaryinc.roo-cline/settings/mcp_settings.json")
        },
        http: Some(HttpShape {
            kind: Some(("type", "streamable-http")),
            ..URL
        }),
        variables: Variables::Written("${env:", "}"),
        notice: "nothing more to do: it notices the change",
        ..HOST
    },
    Host {
        id: "continue",
        title: "Continue",
        desktop: true,
        // A file for each server. The variable is one of Continue's secrets, such as those in `~/.continue/.env`.
        files: files(
            &["{root}/.continue/mcpServers/{name}.json"],
            &["{continue}/mcpServers/{name}.json"],
        ),
        stdio: TYPED,
        http: Some(TYPED_URL),
        variables: Variables::Written("${", "}"),
        notice: "nothing more to do: it notices the change",
        ..HOST
    },
];
