using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Phi4R.Benchmarks;

/// <summary>
/// How long a reader waits for notebook kernels, and what they take, in turns, each beside the first.
/// </summary>
internal static class KernelSpeed
{
    private static readonly (string Name, string Code)[] Endless =
    [
        ("a loop of steps that looks",
            "var token = Microsoft.DotNet.Interactive.KernelInvocationContext.Current.CancellationToken; "
                + "while (!token.IsCancellationRequested) { System.Threading.Thread.Sleep(20); }"),
        ("a managed busy loop", "long n = 0; while (true) { n++; }"),
        ("Task.Wait", "Task.Delay(600000).Wait();"),
        ("Parallel.For, bodies that loop", "Parallel.For(0, 1000000, i => { double s = 0; for (var j = 0; j < "
            + "1000000; j++) { s += Math.Sqrt(j); } });"),
        ("Parallel.For, bodies of 20 ms", "Parallel.For(0, 1000000, i => System.Threading.Thread.Sleep(20));"),
        ("Thread.Sleep", "System.Threading.Thread.Sleep(600000);"),
    ];

    /// <summary>
    /// Measures the kernels of some kernelspecs: folders, files, or names where Jupyter keeps a user's.
    /// </summary>
    /// <param name="names">How many starts may stand first, five where it does not; without a name, ours.</param>
    public static void Run(string[] names)
    {
        var rounds = 5;
        if (names is [var first, ..] && int.TryParse(first, out var wanted))
        {
            (rounds, names) = (wanted, names[1..]);
        }

        names = names is [] ? [".net-csharp"] : names;
        JsonObject[] kernels = [.. names.Select(Specification)];
        Dictionary<(string What, int Kernel), List<double>> measured = [];
        List<string> rows = [];
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < kernels.Length; i++)
            {
                Measure(kernels[i], isLast: round == rounds - 1, (what, value) => Note((what, i), value));
                MeasureRested(kernels[i], (what, value) => Note((what, i), value));
            }
        }

        Console.WriteLine($"{"least of " + rounds + " starts",-44}{string.Concat(names.Select(name =>
            $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(name)),16}"))}   beside the first");
        foreach (var what in rows)
        {
            double?[] values = [.. kernels.Select((_, i) => measured.TryGetValue((what, i), out var all)
                ? all.Min() // others share the machine
                : (double?)null)];
            Console.WriteLine($"{what,-44}{string.Concat(values.Select(value => $"{Text(value, "0.000"),16}"))}   "
                + string.Join("  ", values.Skip(1).Select(value => Text(value / values[0], "0.00"))));
        }

        void Note((string What, int Kernel) key, double value)
        {
            if (!rows.Contains(key.What))
            {
                rows.Add(key.What);
            }

            measured.TryAdd(key, []);
            measured[key].Add(value);
        }
    }

    private static void Measure(JsonObject specification, bool isLast, Action<string, double> note)
    {
        var start = Stopwatch.GetTimestamp();
        using RunningKernel kernel = new(specification);
        kernel.Ask("kernel_info_request", []);
        note("ready, s", Stopwatch.GetElapsedTime(start).TotalSeconds);
        note("first cell, sent at once, s", kernel.Cell("1 + 1"));
        note("processor time until then, s", kernel.ProcessorSeconds());
        note("memory then, MB", kernel.Megabytes());
        NoteFirst("completion, first, asked at once", kernel, note);
        note("completion, later, s", Median(kernel.Complete, ["Math.Ma", "Console.Out.", "var a = new Lis", "DateT",
            "\"text\".Sub"]));
        note("trivial cell, median of 20, s",
            Median(kernel.Cell, [.. Enumerable.Range(0, 20).Select(i => $"var x{i % 10} = {i}; x{i % 10} + 1")]));
        note("completion, after 20 cells, s", Median(kernel.Complete, ["x1.", "x2.Com", "Math.Mi"]));
        note("memory at the end, MB", kernel.Megabytes());

        // Others end their process, or do not answer.
        foreach (var (name, code) in isLast && (string?)specification["interrupt_mode"] == "message" ? Endless : [])
        {
            note($"interrupt of {name}, s", kernel.Interrupt(code));
        }
    }

    /// <summary>A reader who has run a cell and looks at it before the next word is written.</summary>
    private static void MeasureRested(JsonObject specification, Action<string, double> note)
    {
        using RunningKernel kernel = new(specification);
        kernel.Ask("kernel_info_request", []);
        kernel.Cell("1 + 1");
        kernel.AwaitRest();
        note("memory at rest after a cell, MB", kernel.Megabytes());
        NoteFirst("completion, first, asked at rest", kernel, note);
        note("completion, of another kind, at rest, s", kernel.Complete("DateTime.Now.To"));
    }

    private static void NoteFirst(string what, RunningKernel kernel, Action<string, double> note)
    {
        var before = kernel.ProcessorSeconds();
        note($"{what}, s", kernel.Complete("Console.Wri"));
        note($"{what}, processor, s", kernel.ProcessorSeconds() - before);
    }

    private static double Median(Func<string, double> ask, string[] texts) =>
        texts.Select(ask).Order().ElementAt(texts.Length / 2);

    private static string Text(double? value, string format) =>
        value is { } number ? number.ToString(format, CultureInfo.InvariantCulture) : "-";

    private static JsonObject Specification(string name)
    {
        var jupyter = Environment.GetEnvironmentVariable("JUPYTER_DATA_DIR")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "jupyter");
        string[] places =
            [name, Path.Combine(name, "kernel.json"), Path.Combine(jupyter, "kernels", name, "kernel.json")];
        return (JsonObject)JsonNode.Parse(File.ReadAllText(places.FirstOrDefault(File.Exists)
            ?? throw new ArgumentException($"{name} is no kernelspec; looked for {string.Join(", ", places)}.")))!;
    }
}
