using System.Text.Json.Nodes;
using Phi4R.Notebooks.Outputs;

namespace Phi4R.Notebooks.Jupyter;

/// <summary>The answer to a request that cannot be answered.</summary>
internal static class Refusal
{
    /// <summary>The type of the answer to a request's type.</summary>
    public static string ReplyTo(WireMessage request) =>
        request.Type.Replace("_request", "_reply", StringComparison.Ordinal);

    /// <summary>Tells the front end why; what wants no answer is dropped.</summary>
    public static void Answer(IKernelLine line, KernelChannel channel, WireMessage request, Exception reason)
    {
        if (!request.Type.EndsWith("_request", StringComparison.Ordinal))
        {
            return;
        }

        var message = $"The front end's {request.Type} cannot be answered: {reason.Message}";
        var error = PublishedOutputs.Error(new ErrorOutput("BadRequest", message, [$"BadRequest: {message}"], null));
        line.Publish(request, "status", new JsonObject { ["execution_state"] = "busy" });
        if (request.Type == "execute_request")
        {
            line.Publish(request, "error", (JsonObject)error.DeepClone());
            error["execution_count"] = 0;
        }

        error["status"] = "error";
        line.Reply(channel, request, ReplyTo(request), error);
        line.Publish(request, "status", new JsonObject { ["execution_state"] = "idle" });
    }
}
