fn main() -> std::process::ExitCode {
    create_mcp_server::main()
}
