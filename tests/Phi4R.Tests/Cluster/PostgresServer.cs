using System.Diagnostics;

namespace Phi4R.Tests.Cluster;

/// <summary>A PostgreSQL of its own in a temporary folder, at a free port of this machine.</summary>
internal sealed class PostgresServer : IDisposable
{
    /// <summary>What finds the folder of its programs; fails where there are none.</summary>
    public const string Find = "(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1 | grep . "
        + "|| dirname \"$(command -v initdb)\" | grep /)";

    private readonly string _folder = Directory.CreateTempSubdirectory("phi4r-postgres-").FullName;
    private readonly string _programs = Ask(Find).Trim();

    public PostgresServer()
    {
        // It refuses to run as root, and then has to be somebody else's.
        Do(IsRoot ? $"chown postgres {_folder}" : "true");
        As($"{_programs}/initdb -D {_folder}/data -U me --auth=trust --no-sync -E UTF8");
        As($"{_programs}/pg_ctl -D {_folder}/data -w -l {_folder}/log start "
            + $"-o '-p {Port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={_folder} -c fsync=off'");
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; } = WorkerProcess.FreePort();

    private static bool IsRoot => Environment.UserName == "root";

    /// <summary>What a query gives, a line a row.</summary>
    public string Query(string text) =>
        Ask($"{_programs}/psql -h 127.0.0.1 -p {Port} -U me -d postgres -At -c \"{text}\"");

    public void Dispose()
    {
        As($"{_programs}/pg_ctl -D {_folder}/data -m immediate stop");
        Directory.Delete(_folder, recursive: true);
    }

    private static void As(string command) =>
        Do(IsRoot ? $"cd / && runuser -u postgres -- bash -c \"{command}\"" : command);

    private static void Do(string command) => Ask($"({command}) >&2");

    private static string Ask(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", ["-c", command])
        {
            RedirectStandardOutput = true,
        })!;
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? said : throw new InvalidOperationException($"{command}: {said}");
    }
}
