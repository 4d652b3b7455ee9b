using System.Globalization;

namespace Phi4R.Show;

/// <summary>What a section of a notebook cost.</summary>
/// <param name="Section">Its name.</param>
/// <param name="Seconds">Wall time.</param>
/// <param name="PeakBytes">
/// The most memory that the process had in the section; 0 where the system does not tell.
/// </param>
/// <param name="GrownBytes">How much more that is than the process had at the section's start.</param>
/// <param name="IsOfSection">
/// False where the system could not forget earlier peaks, so that the peak may be older.
/// </param>
[TypeFormatterSource(typeof(FigureFormatters))]
public sealed record SectionCost(string Section, double Seconds, long PeakBytes, long GrownBytes, bool IsOfSection)
    : IFigure
{
    public string AltText => $"{Section} took {Markup.Time(Seconds)}{Memory}.";

    private string Memory => PeakBytes <= 0 ? "; the system does not tell its memory"
        : $"; at most {Markup.Memory(PeakBytes)} of "
            + $"memory{(IsOfSection
                ? $", {Markup.Memory(Math.Max(0, GrownBytes))} more than when it began"
                : " since the process began")}";

    public string ToHtml() =>
        $"<p><small><b>{Markup.Escaped(Section)}</b> took "
            + $"<b>{Markup.Time(Seconds)}</b>{Markup.Escaped(Memory)}.</small></p>";
}

/// <summary>Measures time and memory from one section of a notebook to the next.</summary>
public sealed class SectionMeter
{
    private readonly TimeProvider _clock;
    private readonly Func<ProcessMemory> _memory;
    private long _began;
    private ProcessMemory _before;

    internal SectionMeter(TimeProvider clock, Func<ProcessMemory> memory)
    {
        (_clock, _memory) = (clock, memory);
        (_began, _before) = (_clock.GetTimestamp(), _memory());
    }

    /// <summary>Begins to measure.</summary>
    public static SectionMeter Start() => new(TimeProvider.System, ProcessMemory.ReadAndForgetPeak);

    /// <summary>Ends a section and begins the next.</summary>
    public SectionCost Lap(string section)
    {
        var after = _memory();
        var cost = new SectionCost(section, _clock.GetElapsedTime(_began).TotalSeconds, after.Peak,
            after.Peak - _before.Now, _before.PeakForgotten);
        (_began, _before) = (_clock.GetTimestamp(), after);
        return cost;
    }
}

/// <summary>The memory that this process has in the machine, in bytes.</summary>
/// <param name="PeakForgotten">Whether the next peak counts from now on.</param>
internal readonly record struct ProcessMemory(long Now, long Peak, bool PeakForgotten)
{
    /// <summary>Linux tells and can forget the peak; elsewhere the runtime tells the process's own.</summary>
    public static ProcessMemory ReadAndForgetPeak()
    {
        const string Status = "/proc/self/status";
        if (!File.Exists(Status))
        {
            using var process = System.Diagnostics.Process.GetCurrentProcess();
            return new ProcessMemory(process.WorkingSet64, process.PeakWorkingSet64, false);
        }

        var lines = File.ReadAllLines(Status);
        return new ProcessMemory(Of("VmRSS:"), Of("VmHWM:"), Forget());

        long Of(string name) =>
            lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } line
            && long.TryParse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal),
                CultureInfo.InvariantCulture, out var kilobytes) ? kilobytes * 1024 : 0;
    }

    // Writing 5 there sets the peak to what is in use now (proc_pid_clear_refs(5)); a container may refuse.
    private static bool Forget()
    {
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
