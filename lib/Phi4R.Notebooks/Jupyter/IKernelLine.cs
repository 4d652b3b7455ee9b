using System.Text.Json.Nodes;

namespace Phi4R.Notebooks.Jupyter;

/// <summary>
/// A kernel's way to its front ends, over sockets of its own or through the process that holds them. What comes from
/// them goes to the callback that it was made with.
/// </summary>
internal interface IKernelLine : IDisposable
{
    /// <summary>From here on requests are passed on.</summary>
    void Start();

    /// <summary>Sends an answer to a request, from any thread.</summary>
    void Reply(KernelChannel channel, WireMessage to, string type, JsonObject content);

    /// <summary>Sends a message to all front ends, from any thread.</summary>
    /// <param name="parent">The request that it belongs to; null for none.</param>
    void Publish(WireMessage? parent, string type, JsonObject content);
}
