using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Phi4R.Notebooks.Jupyter;

/// <summary>The line of a kernel whose sockets are held by a <see cref="KernelSupervisor"/>.</summary>
internal sealed partial class SupervisedLine : IKernelLine
{
    private readonly WireFormat _format = new("", Guid.NewGuid().ToString());
    private readonly MessagePipe _pipe;
    private readonly Action<KernelChannel, WireMessage> _received;

    /// <param name="input">The handle from which requests are read.</param>
    /// <param name="output">The handle to which answers are written.</param>
    /// <param name="received">Called on the line's thread; must not block.</param>
    public SupervisedLine(string input, string output, Action<KernelChannel, WireMessage> received)
    {
        _pipe = new MessagePipe(Own(PipeDirection.In, input), Own(PipeDirection.Out, output));
        _received = received;
    }

    /// <summary>From here on requests are passed on, and the process ends when its supervisor does.</summary>
    public void Start() => new Thread(() =>
    {
        foreach (var (channel, request) in _pipe.Received())
        {
            _received(channel, request);
        }

        Environment.Exit(1);
    })
    { IsBackground = true, Name = "line" }.Start();

    public void Reply(KernelChannel channel, WireMessage to, string type, JsonObject content) =>
        _pipe.Write(MessagePipe.Line(channel, _format.Answer(to, type, content)));

    public void Publish(WireMessage? parent, string type, JsonObject content) =>
        _pipe.Write(MessagePipe.Line(KernelChannel.Publish, _format.Publication(parent, type, content)));

    /// <summary>
    /// Leaves the pipes to the end of the process, which follows: closing one that is being read waits for what is read
    /// next.
    /// </summary>
    public void Dispose()
    {
    }

    /// <summary>
    /// Opens an inherited handle and keeps it from the programs that cells start: one that outlived this process would
    /// hide its end.
    /// </summary>
    private static AnonymousPipeClientStream Own(PipeDirection direction, string handle)
    {
        const int SetFlags = 2, CloseOnExec = 1;
        var stream = new AnonymousPipeClientStream(direction, handle);
        if (!OperatingSystem.IsWindows())
        {
            _ = Control((int)stream.SafePipeHandle.DangerousGetHandle(), SetFlags, CloseOnExec);
        }

        return stream;
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(int file, int command, int argument);
}
