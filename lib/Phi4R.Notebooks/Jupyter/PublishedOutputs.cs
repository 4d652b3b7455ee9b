using System.Text.Json.Nodes;
using Phi4R.Notebooks.Documents;
using Phi4R.Notebooks.Outputs;

namespace Phi4R.Notebooks.Jupyter;

/// <summary>Sends one cell's outputs to the front ends as they come.</summary>
/// <param name="ask">Asks the front end that sent the cell; null where it does not allow it.</param>
internal sealed class PublishedOutputs(
    IKernelLine line, WireMessage request, int count, Func<string, bool, string?> ask) : IOutputSink
{
    /// <summary>The cell's result as plain text; null while it has none.</summary>
    public string? Result { get; private set; }

    public void Write(CellOutput output)
    {
        Result = output is ResultOutput { Data.Forms: var forms } ? forms.GetValueOrDefault("text/plain") : Result;
        var (type, content) = output switch
        {
            StreamOutput stream => ("stream", new JsonObject { ["name"] = stream.Name, ["text"] = stream.Text }),
            DisplayOutput display => ("display_data", Data(display.Data, display.DisplayId)),
            UpdateOutput update => ("update_display_data", Data(update.Data, update.DisplayId)),
            ResultOutput result => ("execute_result", ResultData(result.Data)),
            ErrorOutput error => ("error", Error(error)),
            _ => throw new ArgumentException($"{output.GetType().Name} has no Jupyter message."),
        };
        line.Publish(request, type, content);
    }

    public string? Ask(string prompt, bool secret) => ask(prompt, secret);

    public static JsonObject Error(ErrorOutput error)
    {
        var json = StoredOutputs.ErrorJson(error);
        json.Remove("output_type");
        return json;
    }

    private JsonObject ResultData(MimeBundle data)
    {
        var json = Data(data, null);
        json["execution_count"] = count;
        return json;
    }

    private static JsonObject Data(MimeBundle data, string? displayId) => new()
    {
        ["data"] = StoredOutputs.DataJson(data, asLines: false),
        ["metadata"] = new JsonObject(),
        ["transient"] = displayId is null ? [] : new JsonObject { ["display_id"] = displayId },
    };
}
