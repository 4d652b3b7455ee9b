namespace Phi4R.Tests;

public sealed class SmokeTests
{
    [Fact]
    public void Torch_loads() => Assert.Equal(3.0, ones(3).sum().ToDouble());
}
