using Phi4R.Notebooks.Outputs;
using Phi4R.Notebooks.Sessions;

namespace Phi4R.Tests.Notebooks;

/// <summary>Keeps what a cell shows.</summary>
internal sealed class RecordedOutputs : IOutputSink
{
    private readonly List<CellOutput> _outputs = [];

    public IReadOnlyList<CellOutput> All
    {
        get
        {
            lock (_outputs)
            {
                return [.. _outputs];
            }
        }
    }

    public string? Answer { get; init; }

    public string Printed =>
        string.Concat(All.OfType<StreamOutput>().Where(stream => stream.Name == "stdout")
            .Select(stream => stream.Text));

    public string PrintedErrors =>
        string.Concat(All.OfType<StreamOutput>().Where(stream => stream.Name == "stderr")
            .Select(stream => stream.Text));

    public string? Result => All.OfType<ResultOutput>().SingleOrDefault()?.Data.Forms["text/plain"];

    public ErrorOutput? Error => All.OfType<ErrorOutput>().SingleOrDefault();

    public void Write(CellOutput output)
    {
        lock (_outputs)
        {
            _outputs.Add(output);
        }
    }

    public string? Ask(string prompt, bool secret) => Answer;
}

internal static class SessionExtensions
{
    public static async Task<RecordedOutputs> Run(this NotebookSession session, string code, int cell = 1)
    {
        var outputs = new RecordedOutputs();
        await session.RunAsync(code, $"cell {cell}", outputs);
        return outputs;
    }
}
