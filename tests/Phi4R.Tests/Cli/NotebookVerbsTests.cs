using System.Diagnostics;
using Phi4R.Tests.Notebooks;

namespace Phi4R.Tests.Cli;

public sealed class NotebookVerbsTests
{
    [Fact]
    public async Task No_escape_sequence_of_a_notebook_reaches_the_terminal()
    {
        const string Clear = "\u001b[2J";
        using var notebooks = new WrittenNotebooks();
        var path = notebooks.Write("hostile.ipynb",
        [
            $"// {Clear} a title\nConsole.WriteLine(\"\\u001b[2J printed\"); "
                + "Console.Error.WriteLine(\"\\u001b]0;title\\u0007\");",
            "using (var raw = new System.IO.FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(1, false), "
                + "System.IO.FileAccess.Write)) { raw.Write(new byte[] { 27, (byte)'c', 10 }); }",
            "throw new Exception(\"\\u001b[2J thrown\");",
        ]);
        using var run = Process.Start(new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "phi4r.dll"), "run", path, "--out", notebooks.At("out")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = run.StandardError.ReadToEndAsync();
        var said = await run.StandardOutput.ReadToEndAsync() + await errors;
        Assert.DoesNotContain(said, letter => char.IsControl(letter) && letter is not ('\n' or '\r'));
        foreach (var shown in new[]
        {
            "\\u001b[2J a title",
            "\\u001b[2J printed",
            "\\u001b]0;title\\u0007",
            "\\u001bc",
            "\\u001b[2J thrown",
        })
        {
            Assert.Contains(shown, said, StringComparison.Ordinal);
        }
    }
}
