/** What a connection really sends and receives, for support and for proofs. */

/**
 * @typedef {{connection: string, videoPacketsSent: number, videoFramesDecoded: number, audioPacketsSent: number,
 *   audioPacketsReceived: number, audioEnergyIn: number, audioEnergyOut: number}} Figures
 */

/**
 * Totals since the connection was made (W3C WebRTC statistics).
 * @param {RTCPeerConnection} pc
 * @returns {Promise<Figures>}
 */
export async function statsOf(pc) {
  /** @type {Figures} */
  const figures = {
    connection: pc.connectionState,
    videoPacketsSent: 0,
    videoFramesDecoded: 0,
    audioPacketsSent: 0,
    audioPacketsReceived: 0,
    audioEnergyIn: 0,
    audioEnergyOut: 0,
  };
  if (pc.signalingState === "closed") return figures;
  for (const [, entry] of await pc.getStats()) {
    if (entry.type === "inbound-rtp" && entry.kind === "video") figures.videoFramesDecoded += entry.framesDecoded ?? 0;
    if (entry.type === "inbound-rtp" && entry.kind === "audio") {
      figures.audioPacketsReceived += entry.packetsReceived ?? 0;
      figures.audioEnergyIn += entry.totalAudioEnergy ?? 0;
    }
    if (entry.type === "outbound-rtp" && entry.kind === "video") figures.videoPacketsSent += entry.packetsSent ?? 0;
    if (entry.type === "outbound-rtp" && entry.kind === "audio") figures.audioPacketsSent += entry.packetsSent ?? 0;
    if (entry.type === "media-source" && entry.kind === "audio") figures.audioEnergyOut += entry.totalAudioEnergy ?? 0;
  }
  return figures;
}
