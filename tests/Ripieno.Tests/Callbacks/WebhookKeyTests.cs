using System.Text;
using Ripieno.Callbacks;
using Ripieno.Models;

namespace Ripieno.Tests.Callbacks;

public sealed class WebhookKeyTests
{
    /// <summary>The example of the standard's own libraries.</summary>
    [Fact]
    public void The_known_vector_of_Standard_Webhooks()
    {
        var key = WebhookKey.TryParse(new Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))!;

        var signature = key.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, Encoding.UTF8.GetBytes("{\"test\": 2432232314}"));

        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", signature);
    }

    [Theory]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("whsec_")]
    [InlineData("whsec_c2hvcnQ=")]
    [InlineData("whsec_not base64 at all, but long enough")]
    [InlineData("hunter2")]
    public void What_libraries_would_read_in_different_ways_is_no_secret(string text) => Assert.Null(WebhookKey.TryParse(new Secret(text)));
}
