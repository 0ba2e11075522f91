/** What a connection really sends and receives, for support and for proofs. */

/**
 * @typedef {{connection: string, videoPacketsSent: number, videoFramesDecoded: number, audioPacketsSent: number,
 *   audioPacketsReceived: number, audioEnergyIn: number, audioEnergyOut: number, path: string[]}} Figures
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
    path: [],
  };
  if (pc.signalingState === "closed") return figures;
  const stats = await pc.getStats();
  figures.path = kindsOf(stats);
  for (const [, entry] of stats) {
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

/**
 * Of what kind the candidates of the path in use are, our own first: "host", "srflx", "prflx" or "relay".
 * @param {RTCStatsReport} stats
 * @returns {string[]}
 */
function kindsOf(stats) {
  let pair = null;
  for (const [, entry] of stats) {
    if (entry.type === "transport" && entry.selectedCandidatePairId) pair = stats.get(entry.selectedCandidatePairId);
    if (entry.type === "candidate-pair" && entry.selected) pair = entry; // Firefox names no transport's pair
  }
  if (!pair) return [];
  return [pair.localCandidateId, pair.remoteCandidateId].map((id) => stats.get(id)?.candidateType ?? "unknown");
}
