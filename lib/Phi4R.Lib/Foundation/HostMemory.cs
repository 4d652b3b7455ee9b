using System.Globalization;

namespace Phi4R.Foundation;

/// <summary>Memory that this process can still take before the system ends it.</summary>
internal static class HostMemory
{
    private static readonly Controller[] Controllers =
    [
        new("sys/fs/cgroup", "memory.max", "memory.current", ["inactive_file ", "active_file "]),
        new("sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes",
            ["total_inactive_file ", "total_active_file "]),
    ];

    /// <summary>
    /// Bytes that the system has available, or that a control group around this process still allows where that is
    /// less.
    /// </summary>
    /// <param name="root">Folder of proc and sys; a test gives one of its own.</param>
    public static long Available(string root = "/")
    {
        var system = Field(Path.Combine(root, "proc/meminfo"), "MemAvailable:") * 1024;
        return Allowed(root).Append(system ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes).Min();
    }

    // Lines of /proc/self/cgroup: "0::/path" in the second version, "9:memory:/path" in the first. Each group above
    // limits those below it.
    private static IEnumerable<long> Allowed(string root)
    {
        foreach (var parts in Lines(Path.Combine(root, "proc/self/cgroup")).Select(line => line.Split(':', 3)))
        {
            var version = parts is ["0", "", _]
                ? 0
                : parts.Length == 3 && parts[1].Split(',').Contains("memory") ? 1
                : -1;
            for (var path = parts[^1].Trim('/'); version >= 0 && path is not null; path = Path.GetDirectoryName(path))
            {
                if (Controllers[version].Free(root, path) is { } free)
                {
                    yield return free;
                }
            }
        }
    }

    private static long? Field(string path, string name) => Lines(path)
        .FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } line
            ? Number(line[name.Length..].Replace("kB", "", StringComparison.Ordinal))
            : null;

    private static long? Number(string? text) =>
        long.TryParse(text, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture, out var number) ? number : null;

    // A group's files may be missing, another user's, or gone by now: then they limit nothing that could be seen.
    private static string[] Lines(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    // Pages of files count as used there, and are given back when memory is asked for.
    private sealed record Controller(string Home, string Limit, string Used, string[] Reclaimed)
    {
        public long? Free(string root, string group)
        {
            var folder = Path.Combine(root, Home, group);
            return Number(Lines(Path.Combine(folder, Limit)).FirstOrDefault()) is { } limit
                && Number(Lines(Path.Combine(folder, Used)).FirstOrDefault()) is { } used
                ? Math.Max(0, limit - used
                    + Reclaimed.Sum(name => Field(Path.Combine(folder, "memory.stat"), name) ?? 0))
                : null;
        }
    }
}
