//! The hosts, one row each.

use super::{CommandShape, Files, Format, Host, HttpShape, Pick, Program, StdioShape, Variables};
use crate::edit::json::Dialect;

const STRICT: Format = Format::Json(Dialect::Strict);
const COMMENTS: Format = Format::Json(Dialect::Comments);

const SPLIT: StdioShape = StdioShape {
    kind: None,
    command: CommandShape::Split,
    env: "env",
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

/// Every host that this program knows.
pub static HOSTS: [Host; 10] = [
    Host {
        id: "claude-code",
        title: "Claude Code",
        format: STRICT,
        servers: &["mcpServers"],
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
    },
    Host {
        id: "claude-desktop",
        title: "Claude Desktop",
        format: STRICT,
        servers: &["mcpServers"],
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
        program: None,
        stdio: StdioShape {
            command: CommandShape::SplitAbsolute,
            ..SPLIT
        },
        http: None,
        variables: Variables::None,
        notice: "quit and start the app again",
    },
    Host {
        id: "vscode",
        title: "VS Code",
        format: COMMENTS,
        servers: &["servers"],
        files: Files {
            project: &["{root}/.vscode/mcp.json"],
            linux: &["{config}/Code/User/mcp.json"],
            mac: &["{support}/Code/User/mcp.json"],
            windows: &["{appdata}/Code/User/mcp.json"],
            pick: Pick::First,
        },
        program: None,
        stdio: TYPED,
        http: Some(TYPED_URL),
        variables: Variables::Asked,
        notice: "run `MCP: List Servers` and start it",
    },
    Host {
        id: "cursor",
        title: "Cursor",
        format: COMMENTS,
        servers: &["mcpServers"],
        files: files(&["{root}/.cursor/mcp.json"], &["{home}/.cursor/mcp.json"]),
        program: None,
        stdio: SPLIT,
        http: Some(URL),
        variables: Variables::Written("${env:", "}"),
        notice: "switch it on in the settings, under MCP",
    },
    Host {
        id: "codex",
        title: "Codex",
        format: Format::Toml,
        servers: &["mcp_servers"],
        files: files(&["{root}/.codex/config.toml"], &["{codex}/config.toml"]),
        program: None,
        stdio: SPLIT,
        http: Some(URL),
        variables: Variables::Named,
        notice: "start a new session; `/mcp` shows it",
    },
    Host {
        id: "gemini",
        title: "Gemini CLI",
        format: COMMENTS,
        servers: &["mcpServers"],
        files: files(
            &["{root}/.gemini/settings.json"],
            &["{home}/.gemini/settings.json"],
        ),
        program: None,
        stdio: SPLIT,
        http: Some(HttpShape {
            kind: None,
            url: "httpUrl",
        }),
        variables: Variables::Written("${", "}"),
        notice: "start a new session; `/mcp` shows it",
    },
    Host {
        id: "zed",
        title: "Zed",
        format: COMMENTS,
        servers: &["context_servers"],
        files: Files {
            project: &["{root}/.zed/settings.json"],
            linux: &["{config}/zed/settings.json"],
            mac: &["{home}/.config/zed/settings.json"],
            windows: &["{appdata}/Zed/settings.json"],
            pick: Pick::First,
        },
        program: None,
        stdio: SPLIT,
        http: Some(URL),
        variables: Variables::None,
        notice: "nothing more to do: it notices by itself",
    },
    Host {
        id: "opencode",
        title: "opencode",
        format: COMMENTS,
        servers: &["mcp"],
        files: files(
            &["{root}/opencode.jsonc", "{root}/opencode.json"],
            &[
                "{config}/opencode/opencode.jsonc",
                "{config}/opencode/opencode.json",
            ],
        ),
        program: None,
        stdio: StdioShape {
            kind: Some(("type", "local")),
            command: CommandShape::Joined,
            env: "environment",
        },
        http: Some(HttpShape {
            kind: Some(("type", "remote")),
            url: "url",
        }),
        variables: Variables::Written("{env:", "}"),
        notice: "start it again",
    },
    Host {
        id: "windsurf",
        title: "Windsurf",
        format: COMMENTS,
        servers: &["mcpServers"],
        files: files(&[], &["{home}/.codeium/windsurf/mcp_config.json"]),
        program: None,
        stdio: SPLIT,
        http: Some(HttpShape {
            kind: None,
            url: "serverUrl",
        }),
        variables: Variables::Written("${env:", "}"),
        notice: "refresh the list of servers in Cascade",
    },
    Host {
        id: "kiro",
        title: "Kiro",
        format: COMMENTS,
        servers: &["mcpServers"],
        files: files(
            &["{root}/.kiro/settings/mcp.json"],
            &["{home}/.kiro/settings/mcp.json"],
        ),
        program: None,
        stdio: SPLIT,
        http: Some(URL),
        variables: Variables::Written("${", "}"),
        notice: "nothing more to do: it notices by itself",
    },
];
